//go:build linux

package userland

import (
	"strings"

	"mvdan.cc/sh/v3/interp"
	"mvdan.cc/sh/v3/syntax"
)

// Words that no script can contain, for what the interpreter does not have itself.
const (
	divertedPrefix = "\x00run "
	wordReplace    = "\x00exec"       // exec COMMAND, where it may replace the process
	wordLast       = "\x00last"       // a command that nothing follows
	wordOpen       = "\x00open"       // open a file descriptor from 3 on: N, operator, target
	wordBackground = "\x00background" // a command in the background: a process
	wordWait       = "\x00wait"       // wait, where there are such
	wordTrap       = "\x00trap"       // trap, for signals too
	wordClose      = "\x00close"      // close one, keeping the last status
)

// rewritten is what a script turned out to be.
type rewritten struct {
	// alone: nothing runs in the background inside this process, where an exec that replaces it would take it along.
	alone bool
	// processes: commands in the background are processes of their own.
	processes bool
}

// rewrite changes a script for what the interpreter lacks: file descriptors from 3 on, <> and >|, background commands with pids, traps, and an
// exec that replaces the process, which a script's last command does unasked so that no shell stays behind.
func rewrite(program *syntax.File) rewritten {
	r, simple, traps := rewritten{alone: true, processes: true}, true, false
	var background []*syntax.Stmt
	functions := map[string]bool{}
	syntax.Walk(program, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Stmt:
			if n.Background || n.Coprocess {
				background = append(background, n)
			}
			redirects(n)
		case *syntax.ProcSubst, *syntax.CoprocClause:
			r.alone, r.processes = false, false
		case *syntax.FuncDecl:
			simple = false
			functions[n.Name.Value] = true
		case *syntax.CallExpr:
			traps = traps || firstWord(n) == "trap"
			if word := firstWord(n); word == "trap" || word == "eval" || word == "source" || word == "." {
				simple = false
			}
		}
		return true
	})
	for _, st := range background {
		if !isCommand(st, functions) {
			r.alone, r.processes = false, false
		}
	}
	if r.processes && len(background) > 0 {
		simple = false
		asProcesses(program, background)
	}
	if traps {
		markSubshells(program)
	}
	replaceable(program.Stmts)
	if simple && r.alone {
		markLast(program.Stmts)
	}
	return r
}

// markSubshells sets inSubshell in subshells, which leave traps to the shell.
func markSubshells(program *syntax.File) {
	mark := &syntax.Stmt{Cmd: &syntax.CallExpr{Assigns: []*syntax.Assign{{Name: &syntax.Lit{Value: inSubshell}, Value: word("1")}}}}
	syntax.Walk(program, func(n syntax.Node) bool {
		switch n := n.(type) {
		case *syntax.Subshell:
			n.Stmts = append([]*syntax.Stmt{mark}, n.Stmts...)
		case *syntax.CmdSubst:
			if len(n.Stmts) > 0 && n.Stmts[0].Cmd != nil { // $(<file) stays
				n.Stmts = append([]*syntax.Stmt{mark}, n.Stmts...)
			}
		}
		return true
	})
}

// isCommand says whether a statement in the background is one command, which a process can run.
func isCommand(st *syntax.Stmt, functions map[string]bool) bool {
	c, ok := st.Cmd.(*syntax.CallExpr)
	if !ok || st.Coprocess || st.Negated {
		return false
	}
	name := firstWord(c)
	return name != "" && !functions[name] && !interp.IsBuiltin(name)
}

// asProcesses makes statements start processes instead of waiting in the background, and $! the pid of the last.
func asProcesses(program *syntax.File, background []*syntax.Stmt) {
	for _, st := range background {
		st.Background = false
		c := st.Cmd.(*syntax.CallExpr)
		c.Args = append([]*syntax.Word{word(wordBackground)}, c.Args...)
	}
	syntax.Walk(program, func(n syntax.Node) bool {
		if p, ok := n.(*syntax.ParamExp); ok && p.Param != nil && p.Param.Value == "!" {
			p.Param.Value, p.Short = lastJob, false
		}
		return true
	})
}

func firstWord(c *syntax.CallExpr) string {
	if len(c.Args) == 0 {
		return ""
	}
	return c.Args[0].Lit()
}

func word(text string) *syntax.Word {
	return &syntax.Word{Parts: []syntax.WordPart{&syntax.SglQuoted{Value: text}}}
}

// redirects makes a statement's redirections ones that the interpreter has. Those of descriptors from 3 on become commands before it.
func redirects(st *syntax.Stmt) {
	var opens, closes []*syntax.Stmt
	kept := st.Redirs[:0]
	for _, r := range st.Redirs {
		switch r.Op {
		case syntax.RdrClob:
			r.Op = syntax.RdrOut
		case syntax.DplOut, syntax.DplIn:
			target := r.Word.Lit()
			switch {
			case isDescriptor(target):
				r.Word = word(descriptorPath(target))
				r.Op = map[syntax.RedirOperator]syntax.RedirOperator{syntax.DplOut: syntax.AppOut, syntax.DplIn: syntax.RdrIn}[r.Op]
			case r.Op == syntax.DplOut && r.N == nil && target != "1" && target != "2" && target != "-":
				r.Op = syntax.RdrAll
			}
		}
		if r.N == nil || !isDescriptor(r.N.Value) {
			if r.Op == syntax.RdrInOut {
				r.Op = syntax.RdrIn
			}
			kept = append(kept, r)
			continue
		}
		opens = append(opens, call(wordOpen, word(r.N.Value), word(r.Op.String()), r.Word))
		closes = append(closes, call(wordClose, word(r.N.Value)))
	}
	st.Redirs = kept
	if len(opens) == 0 {
		return
	}
	if c, ok := st.Cmd.(*syntax.CallExpr); ok && len(c.Args) == 1 && firstWord(c) == "exec" {
		if len(kept) > 0 {
			opens = append(opens, &syntax.Stmt{Cmd: c, Redirs: kept})
			st.Redirs = nil
		}
		st.Cmd = &syntax.Block{Stmts: opens}
		return
	}
	inner := &syntax.Stmt{Cmd: st.Cmd, Redirs: kept}
	if st.Cmd == nil {
		inner.Cmd = &syntax.CallExpr{Args: []*syntax.Word{word(":")}}
	}
	chain := opens[0]
	for _, next := range append(opens[1:], inner) {
		chain = &syntax.Stmt{Cmd: &syntax.BinaryCmd{Op: syntax.AndStmt, X: chain, Y: next}}
	}
	st.Redirs = nil
	st.Cmd = &syntax.Block{Stmts: append([]*syntax.Stmt{chain}, closes...)}
}

func call(name string, args ...*syntax.Word) *syntax.Stmt {
	return &syntax.Stmt{Cmd: &syntax.CallExpr{Args: append([]*syntax.Word{word(name)}, args...)}}
}

// isDescriptor says whether a text is the number of a descriptor that the interpreter does not have.
func isDescriptor(text string) bool {
	return text != "" && strings.Trim(text, "0123456789") == "" && text != "0" && text != "1" && text != "2"
}

// replaceable marks every exec that runs in the shell itself, not in a subshell, pipe or function.
func replaceable(stmts []*syntax.Stmt) {
	for _, st := range stmts {
		if st.Background || st.Coprocess {
			continue
		}
		switch c := st.Cmd.(type) {
		case *syntax.CallExpr:
			if firstWord(c) == "exec" && len(c.Args) > 1 {
				c.Args[0] = word(wordReplace)
			}
		case *syntax.Block:
			replaceable(c.Stmts)
		case *syntax.IfClause:
			for ; c != nil; c = c.Else {
				replaceable(c.Cond)
				replaceable(c.Then)
			}
		case *syntax.WhileClause:
			replaceable(c.Do)
		case *syntax.ForClause:
			replaceable(c.Do)
		case *syntax.CaseClause:
			for _, item := range c.Items {
				replaceable(item.Stmts)
			}
		case *syntax.BinaryCmd:
			if c.Op == syntax.AndStmt || c.Op == syntax.OrStmt {
				replaceable([]*syntax.Stmt{c.X, c.Y})
			}
		}
	}
}

// markLast marks the commands that end a script.
func markLast(stmts []*syntax.Stmt) {
	if len(stmts) == 0 {
		return
	}
	st := stmts[len(stmts)-1]
	if st.Negated {
		return
	}
	switch c := st.Cmd.(type) {
	case *syntax.CallExpr:
		if name := firstWord(c); name != "" && name != "exec" {
			c.Args = append([]*syntax.Word{word(wordLast)}, c.Args...)
		}
	case *syntax.Block:
		markLast(c.Stmts)
	case *syntax.IfClause:
		for ; c != nil; c = c.Else {
			markLast(c.Then)
		}
	case *syntax.BinaryCmd:
		if c.Op == syntax.AndStmt || c.Op == syntax.OrStmt {
			markLast([]*syntax.Stmt{c.Y})
		}
	}
}
