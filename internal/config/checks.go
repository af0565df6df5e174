package config

import (
	"fmt"
	"net/netip"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"helenus/internal/key"
)

// A check returns what is allowed when a text is no legal value, else nothing.
type check func(text string) (allowed string)

func anything(string) string { return "" }

func notEmpty(text string) string {
	if text == "" {
		return "anything but nothing"
	}
	return ""
}

// hostName is what a name of a machine, a service or a container looks like.
var hostName = regexp.MustCompile(`^[A-Za-z0-9_]([A-Za-z0-9_.-]*[A-Za-z0-9_.])?$`)

// address takes an IP address, a name or auto; nothing means a default that another setting has.
func address(text string) string {
	if _, err := netip.ParseAddr(text); err != nil && text != "" && (!hostName.MatchString(text) || looksNumeric(text)) {
		return "an IP address, a name, or auto for the first address of this machine"
	}
	return ""
}

// looksNumeric says whether a text can only be a mistyped IPv4 address.
func looksNumeric(text string) bool { return strings.Trim(text, "0123456789.") == "" }

// callable is an address that others can call.
func callable(text string) string {
	if a, err := netip.ParseAddr(text); err == nil && a.IsUnspecified() {
		return "an address that others can call, such as this machine's own"
	}
	return address(text)
}

func hostPort(text string) string {
	if text == "" {
		return ""
	}
	if _, err := netip.ParseAddrPort(text); err != nil {
		return "an IP address and a port, such as 127.0.0.1:9180"
	}
	return ""
}

func number(least, most int) check {
	return func(text string) string {
		if n, err := strconv.Atoi(text); err != nil || n < least || n > most {
			return fmt.Sprintf("a number from %d to %d", least, most)
		}
		return ""
	}
}

func oneOf(all ...string) check {
	return func(text string) string {
		if !slices.Contains(all, text) {
			return strings.Join(all, ", ")
		}
		return ""
	}
}

// boolean is oneOf for true and false, in YAML's other words, too.
func boolean(all ...string) check {
	allowed := oneOf(all...)
	return func(text string) string { return allowed(truth(text)) }
}

// truth returns true or false for YAML's words for them, and anything else as it is.
func truth(text string) string {
	switch strings.ToLower(text) {
	case "true", "yes", "on":
		return "true"
	case "false", "no", "off":
		return "false"
	}
	return text
}

// class is oneOf for names of Java classes: what stands before the last dot does not count.
func class(all ...string) check {
	allowed := oneOf(all...)
	return func(text string) string { return allowed(simpleName(text)) }
}

func simpleName(class string) string { return class[strings.LastIndexByte(class, '.')+1:] }

// folded is oneOf without regard to case.
func folded(all ...string) check {
	allowed := oneOf(all...)
	return func(text string) string { return allowed(strings.ToUpper(text)) }
}

// roleNameMax bounds the name of a role that settings give.
const roleNameMax = 255

func roleName(text string) string {
	if len(text) > roleNameMax || strings.ContainsRune(text, 0) {
		return fmt.Sprintf("a name of %d bytes at most", roleNameMax)
	}
	return ""
}

// passwordMax is as much of a password as bcrypt looks at.
const passwordMax = 72

func password(text string) string {
	if len(text) > passwordMax || strings.ContainsRune(text, 0) {
		return fmt.Sprintf("a password of %d bytes at most", passwordMax)
	}
	return ""
}

func size(text string) string {
	if text == "" {
		return ""
	}
	if _, err := ParseSize(text); err != nil {
		return "a number with a unit: B, KiB, MiB, GiB"
	}
	return ""
}

// sized is a size that has to be given.
func sized(text string) string {
	if text == "" {
		return "a number with a unit: B, KiB, MiB, GiB"
	}
	return size(text)
}

func duration(text string) string {
	if _, err := ParseDuration(text); err != nil {
		return "a number with a unit: ms, s, m, h, d"
	}
	return ""
}

func offset(text string) string {
	if _, err := time.ParseDuration(text); err != nil {
		return "a time such as 1h, -90s or 0s"
	}
	return ""
}

// joinTokenMin is the fewest characters of a join token: what can be guessed protects nothing.
const joinTokenMin = 16

func joinToken(text string) string {
	if text != "" && len(text) < joinTokenMin {
		return fmt.Sprintf("%d characters or more, such as those of openssl rand -hex 16", joinTokenMin)
	}
	return ""
}

func tokens(text string) string {
	all, err := parseTokens(text)
	if slices.Sort(all); err != nil || len(slices.Compact(all)) < len(all) {
		return "different numbers from -9223372036854775808 to 9223372036854775807, separated by commas"
	}
	return ""
}

func parseTokens(text string) (all []key.Token, err error) {
	for _, t := range split(text) {
		n, err := strconv.ParseInt(t, 10, 64)
		if err != nil {
			return nil, err
		}
		all = append(all, key.Token(n))
	}
	return all, nil
}

// split takes a list apart at its commas; blanks around the parts and parts without a letter do not count.
func split(list string) (all []string) {
	for _, part := range strings.Split(list, ",") {
		if part = strings.TrimSpace(part); part != "" {
			all = append(all, part)
		}
	}
	return all
}

// replication takes a factor, or a map as in CREATE KEYSPACE.
func replication(text string) string {
	if n, err := strconv.Atoi(text); (err != nil || n < 1) && !(strings.HasPrefix(text, "{") && strings.HasSuffix(text, "}")) {
		return "a number of replicas, or a map such as {'class': 'NetworkTopologyStrategy', 'datacenter1': 3}"
	}
	return ""
}

// keyspace takes a name that needs no quotes, or one in double quotes.
func keyspace(text string) string {
	if text != "" && !regexp.MustCompile(`^([A-Za-z][A-Za-z0-9_]{0,47}|"[A-Za-z0-9_]{1,48}")$`).MatchString(text) {
		return "letters, digits and _, 48 at most"
	}
	return ""
}
