package userland

import "strings"

// Names returns the names that have a file of their own in an image, sorted. It is the same on every platform that builds images.
func Names() []string {
	return strings.Fields(`[ awk base64 basename bash cat chgrp chmod chown cp cut date dirname du echo egrep env false fgrep find getent gosu
		grep head hostname id ip kill ln ls mkdir mktemp mv nc nproc nslookup pgrep printenv printf ps pwd readlink realpath rm rmdir sed seq
		sh sleep sort stat tail tee test timeout touch tr true uname uniq wc which whoami xargs`)
}
