//go:build linux

package userland

import "context"

// command is one of the table.
type command struct {
	usage string // empty: the shell's own, which say it themselves
	run   func(ctx context.Context, c *Call) error
}

// commands are the names that this program answers to inside a container; init in uroot.go and here fills it, since some run others.
var commands = map[string]command{}

func init() {
	for name, c := range map[string]command{
		"[":        {"", runBuiltin},
		"awk":      {"awk [-F SEPARATOR] [-v NAME=VALUE] PROGRAM|-f FILE [FILE...]", runAwk},
		"basename": {"basename PATH [SUFFIX]", runBasename},
		"bash":     {"bash [-c SCRIPT [NAME]] [-eilsux] [-o OPTION] [FILE] [ARGUMENT...]", runShell},
		"cat":      {"cat [FILE...]", runCat},
		"chgrp":    {"chgrp [-Rh] GROUP FILE...", runChgrp},
		"chown":    {"chown [-Rh] OWNER[:GROUP] FILE...", runChown},
		"cp":       {"cp [-afnpRrT] SOURCE... TARGET", runCopy},
		"cut":      {"cut -b|-c|-f LIST [-d DELIMITER] [-s] [FILE...]", runCut},
		"date":     {"date [-u] [-d TIME] [-I[FORMAT]] [-R] [+FORMAT]", runDate},
		"dirname":  {"dirname PATH...", runDirname},
		"du":       {"du [-shk] [FILE...]", runDiskUsage},
		"echo":     {"", runBuiltin},
		"egrep":    {"egrep [-ciolqvwx] PATTERN [FILE...]", runGrep},
		"env":      {"env [-i] [-u NAME] [NAME=VALUE...] [COMMAND [ARGUMENT...]]", runEnv},
		"false":    {"", runBuiltin},
		"fgrep":    {"fgrep [-ciolqvwx] TEXT [FILE...]", runGrep},
		"find":     {"find [PATH...] [-maxdepth N] [-name PATTERN] [-type TYPE] [-user NAME] … [-print|-delete|-exec COMMAND ;|+]", runFind},
		"getent":   {"getent hosts|ahosts|ahostsv4|ahostsv6|passwd|group [KEY...]", runGetent},
		"gosu":     {"gosu USER[:GROUP] COMMAND [ARGUMENT...]", runGosu},
		"grep":     {"grep [-EFPcHhiLlnoqRrsvwx] [-A N] [-B N] [-C N] [-m N] [-e PATTERN] [-f FILE] PATTERN [FILE...]", runGrep},
		"head":     {"head [-n LINES] [-c BYTES] [FILE...]", runHead},
		"hostname": {"hostname [-fIis]", runHostname},
		"id":       {"id [-ugGn] [USER]", runID},
		"ip":       {"ip [-4|-6] [-o] [-br] address|link|route [show] [dev NAME]", runIP},
		"kill":     {"kill [-s SIGNAL|-SIGNAL] PID..., kill -l", runKill},
		"ln":       {"ln [-fns] TARGET [LINK]", runLink},
		"ls":       {"ls [-1AadFhilnRrSt] [FILE...]", runList},
		"nc":       {"nc [-46nuvz] [-q SECONDS] [-w SECONDS] HOST PORT[-PORT]", runNetcat},
		"nproc":    {"nproc", runProcessors},
		"nslookup": {"nslookup NAME [SERVER]", runLookup},
		"pgrep":    {"pgrep [-fx] PATTERN", runProcessGrep},
		"printenv": {"printenv [NAME...]", runPrintEnv},
		"printf":   {"", runBuiltin},
		"ps":       {"ps [aux|-ef]", runProcesses},
		"pwd":      {"", runBuiltin},
		"readlink": {"readlink [-f] FILE...", runReadLink},
		"realpath": {"realpath FILE...", runRealPath},
		"rmdir":    {"rmdir DIRECTORY...", runRemoveDirectory},
		"sed":      {"sed [-Enrsz] [-i[SUFFIX]] [-e SCRIPT] [-f FILE] SCRIPT [FILE...]", runSed},
		"seq":      {"seq [-w] [-s SEPARATOR] [FIRST [STEP]] LAST", runSequence},
		"sh":       {"sh [-c SCRIPT [NAME]] [-eilsux] [-o OPTION] [FILE] [ARGUMENT...]", runShell},
		"sleep":    {"sleep TIME[smhd]...", runSleep},
		"sort":     {"sort [-bfnruV] [-t SEPARATOR] [-k FROM[,TO]] [FILE...]", runSort},
		"stat":     {"stat [-L] -c FORMAT FILE...", runStat},
		"tail":     {"tail [-fF] [-n [+]LINES] [-c [+]BYTES] [FILE...]", runTail},
		"tee":      {"tee [-a] [FILE...]", runTee},
		"test":     {"", runBuiltin},
		"timeout":  {"timeout [-s SIGNAL] [-k TIME] TIME COMMAND [ARGUMENT...]", runTimeout},
		"tr":       {"tr [-cds] SET [SET]", runTranslate},
		"true":     {"", runBuiltin},
		"uname":    {"uname [-amnrsv]", runUname},
		"uniq":     {"uniq [-cdiu] [FILE]", runUnique},
		"wc":       {"wc [-clmw] [FILE...]", runCount},
		"which":    {"which NAME...", runWhich},
		"whoami":   {"whoami", runWhoAmI},
		"xargs":    {"xargs [-0r] [-I TEXT] [-n COUNT] [COMMAND [ARGUMENT...]]", runXargs},
		"ulimit":   {"", runLimit},
		"umask":    {"", runMask},
	} {
		commands[name] = c
	}
}
