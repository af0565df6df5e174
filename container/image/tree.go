package image

import (
	"embed"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"helenus/container/userland"
)

// Cassandra's user in its image; data directories on hosts belong to this number.
const (
	serverUser = "cassandra"
	serverID   = 999
)

// Where the program is; all other names are links to it.
const programPath = "usr/local/bin/helenus"

//go:embed configuration
var configuration embed.FS

// entry is a file, directory or link of the image. Paths have no slash in front.
type entry struct {
	path    string
	mode    fs.FileMode // permissions and type
	owner   int         // user and group
	link    string      // a symbolic link's target
	content []byte
}

func directory(path string, mode fs.FileMode, owner int) entry {
	return entry{path: path, mode: fs.ModeDir | mode, owner: owner}
}

func link(path, target string) entry {
	return entry{path: path, mode: fs.ModeSymlink | 0o777, link: target}
}

func file(path string, mode fs.FileMode, content string) entry {
	return entry{path: path, mode: mode, content: []byte(content)}
}

// shared is the mode of directories that any user's server must be able to use.
const shared = fs.ModeSticky | 0o777

// tree returns the image's files, sorted so that a directory stands before what is in it.
func tree(program []byte) ([]entry, error) {
	all := []entry{
		directory("etc", 0o755, 0), directory("opt", 0o755, 0), directory("usr", 0o755, 0), directory("usr/bin", 0o755, 0), directory("usr/local", 0o755, 0),
		directory("usr/local/bin", 0o755, 0), directory("var", 0o755, 0), directory("var/lib", 0o755, 0), directory("var/log", 0o755, 0),
		directory("home", 0o755, 0), directory("home/"+serverUser, 0o755, serverID), directory("root", 0o700, 0), directory("run", 0o755, 0),
		directory("proc", 0o555, 0), directory("sys", 0o555, 0), directory("dev", 0o755, 0), directory("tmp", shared, 0), directory("var/tmp", shared, 0),
		link("bin", "usr/bin"), link("sbin", "usr/bin"), link("usr/sbin", "bin"), link("var/run", "/run"),
		directory("etc/cassandra", shared, serverID), directory("var/lib/cassandra", shared, serverID), directory("var/log/cassandra", shared, serverID),
		directory("docker-entrypoint-initdb.d", 0o755, 0),
		directory("opt/cassandra", 0o755, 0), directory("opt/cassandra/bin", 0o755, 0),
		link("opt/cassandra/conf", "/etc/cassandra"), link("opt/cassandra/data", "/var/lib/cassandra"), link("opt/cassandra/logs", "/var/log/cassandra"),
		file("etc/passwd", 0o644, fmt.Sprintf("root:x:0:0:root:/root:/bin/bash\n%[1]s:x:%[2]d:%[2]d::/home/%[1]s:/bin/sh\nnobody:x:65534:65534:nobody:/nonexistent:/bin/false\n", serverUser, serverID)),
		file("etc/group", 0o644, fmt.Sprintf("root:x:0:\n%s:x:%d:\nnogroup:x:65534:\n", serverUser, serverID)),
		file("etc/shadow", 0o640, fmt.Sprintf("root:*:19000:0:99999:7:::\n%s:!:19000::::::\nnobody:*:19000:0:99999:7:::\n", serverUser)),
		file("etc/nsswitch.conf", 0o644, "passwd: files\ngroup: files\nhosts: files dns\n"),
		file("etc/os-release", 0o644, "ID=helenus\nNAME=Helenus\nPRETTY_NAME=Helenus\n"),
		{path: programPath, mode: 0o755, content: program},
		link("docker-entrypoint.sh", "/"+programPath), link("usr/local/bin/docker-entrypoint.sh", "helenus"),
	}
	for _, name := range []string{"cassandra", "cqlsh", "nodetool"} {
		all = append(all, link("opt/cassandra/bin/"+name, "/"+programPath), link("usr/bin/"+name, "/"+programPath))
	}
	for _, name := range userland.Names() {
		all = append(all, link("usr/bin/"+name, "/"+programPath))
	}
	files, err := configuration.ReadDir("configuration")
	if err != nil {
		return nil, err
	}
	for _, f := range files {
		content, err := configuration.ReadFile(path.Join("configuration", f.Name()))
		if err != nil {
			return nil, err
		}
		all = append(all, entry{path: "etc/cassandra/" + f.Name(), mode: 0o666, owner: serverID, content: content})
	}
	slices.SortFunc(all, func(a, b entry) int { return strings.Compare(a.path, b.path) })
	return all, nil
}
