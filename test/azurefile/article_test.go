//go:build linux

package azurefile

import (
	"context"
	"strings"
	"testing"
	"time"

	"helenus/test/article/page"
	"helenus/test/azurefile/lab"
)

// standIns are what a guest lacks that a virtual machine has: sudo, and systemd, in whose place the unit is carried out as it says.
const standIns = `mkdir -p /usr/local/bin
printf '#!/bin/sh\nexec "$@"\n' >/usr/local/bin/sudo
cat >/usr/local/bin/systemctl <<'END'
#!/bin/sh
case "$*" in
daemon-reload) ;;
"enable --now azurefile-dockervolumedriver")
` + asSystemd + `
for i in $(seq 600); do [ -S /run/docker/plugins/azurefile.sock ] && exit; sleep 0.1; done; exit 1 ;;
*) echo "systemctl $*: not here" >&2; exit 1 ;;
esac
END
chmod 755 /usr/local/bin/sudo /usr/local/bin/systemctl`

// TestArticle types what docs/article's section on Azure Files has for the Docker host, in its order, and compares what a reader sees.
func TestArticle(t *testing.T) {
	blocks, err := page.Read("../../docs/article/README.md")
	if err != nil {
		t.Fatal(err)
	}
	killDriver(t, "TERM")
	guest(t, standIns+"\nrm -f /usr/bin/azurefile-dockervolumedriver /run/docker/plugins/azurefile.sock "+unitFile+" "+settingsFile)
	t.Cleanup(func() {
		if !t.Failed() {
			return
		}
		for _, clear := range []string{"docker rm -f -v some-cassandra cassandra-nd1 cassandra-nd2", "docker volume rm -f myvol"} {
			_, _ = host.Exec(context.Background(), clear) // what is there of it
		}
	})
	fill := strings.NewReplacer("ACCOUNT", lab.Account, "KEY", host.Key())
	typed := 0
	for _, b := range blocks {
		if b.Kind != page.AzureFile {
			continue
		}
		for i, line := range b.Lines {
			typed++
			began := time.Now()
			for {
				shown, err := host.Exec(t.Context(), "cd "+shared+" && { "+fill.Replace(line)+"\n} 2>&1")
				want := page.Mask(strings.Join(b.Prints, "\n"))
				right := err == nil && (i < len(b.Lines)-1 || b.Prints == nil || page.Mask(shown) == want)
				if right {
					t.Logf("%6d ms  %s", time.Since(began).Milliseconds(), line)
					break
				}
				again := page.Looks.MatchString(line) || strings.Contains(shown, "Unable to connect to any servers")
				if !again || time.Since(began) > readyWithin {
					t.Fatalf("line %d: %s\n%v; prints\n%s\nand the page shows\n%s", b.Line, line, err, page.Mask(shown), want)
				}
			}
		}
	}
	if typed < 10 {
		t.Errorf("%d commands of the page were found", typed)
	}
	if n := mounts(t); n != "0" {
		t.Errorf("%s mounts are left behind", n)
	}
}
