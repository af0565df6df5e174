//go:build linux

package azurefile

import (
	"context"
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"helenus/test/azurefile/lab"
)

// rows selects what there is.
func rows(t *testing.T) string {
	t.Helper()
	r, err := dial(t).Query(t.Context(), "SELECT v FROM k.t", nil)
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, row := range r.Rows {
		all = append(all, string(row[0]))
	}
	slices.Sort(all)
	return strings.Join(all, ", ")
}

// mounts counts the shares that the guest has mounted.
func mounts(t *testing.T) string {
	t.Helper()
	return guest(t, "grep -c ' - cifs ' /proc/self/mountinfo || true")
}

// TestVolume goes through a volume's life by Docker's commands, with driver and engine killed and started again on the way.
func TestVolume(t *testing.T) {
	until(t, "the engine knows of the plugin that nobody has used", func() bool {
		return strings.Contains(docker(t, "info", "-f", "{{.Plugins.Volume}}"), "azurefile")
	})
	if out := guest(t, "stat -c '%U:%G %a' /run/docker/plugins/azurefile.sock"); out != "root:docker 660" {
		t.Errorf("the socket: %s", out)
	}
	docker(t, "volume", "create", "--name", "myvol", "-d", "azurefile", "-o", "share=life")
	if out := docker(t, "volume", "ls"); !strings.Contains(out, "azurefile   myvol") {
		t.Error(out)
	}
	if out := fails(t, "volume", "create", "--name", "other", "-d", "azurefile", "-o", "size=1"); !strings.Contains(out, `create other: VolumeDriver.Create: error validating metadata: not a recognized volume driver option: "size"`) {
		t.Error(out)
	}
	var inspected []struct {
		Driver, Mountpoint, CreatedAt, Scope string
		Status                               map[string]any
	}
	inspect := func() map[string]any {
		if err := json.Unmarshal([]byte(docker(t, "volume", "inspect", "myvol")), &inspected); err != nil {
			t.Fatal(err)
		}
		return inspected[0].Status
	}
	if s := inspect(); s["share"] != "life" || s["mounted"] != false || inspected[0].Driver != "azurefile" || inspected[0].Scope != "local" || inspected[0].Mountpoint != "/var/run/docker/volumedriver/azurefile/myvol" {
		t.Errorf("%+v", inspected)
	}
	start(t, "one", "--restart", "unless-stopped", "-p", "9042:9042", "-v", "myvol:/var/lib/cassandra", imageName)
	query(t, dial(t), "CREATE KEYSPACE k WITH replication = {'class':'SimpleStrategy','replication_factor':1}", "CREATE TABLE k.t (id int PRIMARY KEY, v text)", "INSERT INTO k.t (id, v) VALUES (1, 'kept')")
	// The driver has the key in the environment that it was started with; nobody else has it anywhere, and nobody in arguments.
	if err := os.WriteFile(shared+"/key", []byte(host.Key()), 0o600); err != nil {
		t.Fatal(err)
	}
	if with := guest(t, "for p in /proc/[0-9]*; do grep -qF -f "+shared+"/key $p/cmdline $p/environ 2>/dev/null && cat $p/comm; done; true"); with != "azurefile-docke" {
		t.Errorf("the key is in arguments or environment of: %s", with)
	}
	if args := guest(t, "grep -lF -f "+shared+"/key /proc/[0-9]*/cmdline || true"); args != "" {
		t.Errorf("the key is in the arguments of: %s", args)
	}
	if _, err := os.Stat(host.Share("life") + "/helenus-format"); err != nil {
		t.Errorf("on the server: %v", err)
	}

	killDriver(t, "KILL")
	if out := rows(t); out != "kept" {
		t.Errorf("without the driver: %s", out)
	}
	if err := startDriver(); err != nil {
		t.Fatal(err)
	}
	if s := inspect(); s["mounted"] != true || s["references"] != 1.0 {
		t.Errorf("after kill -9 of the driver: %v", s)
	}
	// A second container has the same mount, and leaves it to the first.
	if out := docker(t, "run", "--rm", "-v", "myvol:/var/lib/cassandra", imageName, "ls", "/var/lib/cassandra"); !strings.Contains(out, "helenus-format") {
		t.Error(out)
	}
	if s, n := inspect(), mounts(t); s["references"] != 1.0 || n != "1" {
		t.Errorf("after the second container: %v, %s mounts", s, n)
	}
	if out := fails(t, "volume", "rm", "myvol"); !strings.Contains(out, "volume is in use") {
		t.Error(out)
	}

	if err := host.StopEngine(); err != nil {
		t.Fatal(err)
	}
	killDriver(t, "TERM")
	if err := startDriver(); err != nil {
		t.Fatal(err)
	}
	if err := host.StartEngine(); err != nil {
		t.Fatal(err)
	}
	query(t, dial(t), "INSERT INTO k.t (id, v) VALUES (2, 'after the restart')")
	if out := rows(t); out != "after the restart, kept" {
		t.Errorf("after the engine's restart: %s", out)
	}
	if s, n := inspect(), mounts(t); s["references"] != 1.0 || n != "1" {
		t.Errorf("after the engine's restart: %v, %s mounts", s, n)
	}

	docker(t, "rm", "-f", "one")
	if s, n := inspect(), mounts(t); s["references"] != 0.0 || n != "0" {
		t.Errorf("without containers: %v, %s mounts", s, n)
	}
	docker(t, "volume", "rm", "myvol")
	if out := docker(t, "volume", "ls", "-q"); out != "" {
		t.Error(out)
	}
	if _, err := os.Stat(host.Share("life") + "/helenus-format"); err != nil {
		t.Errorf("the share is to stay: %v", err)
	}
	if log := guest(t, "cat "+driverLog); strings.Contains(log, host.Key()) {
		t.Error("the key is in the log")
	}
}

// TestRemotePath mounts a directory that the driver has to make.
func TestRemotePath(t *testing.T) {
	volume(t, "below", "share=deep", "remotepath=/one/two", "uid=999", "filemode=0640")
	if out := docker(t, "run", "--rm", "-v", "below:/data", imageName, "sh", "-c", "echo text > /data/file; stat -c '%u %a' /data/file"); out != "999 640" {
		t.Error(out)
	}
	if raw, err := os.ReadFile(host.Share("deep") + "/one/two/file"); err != nil || string(raw) != "text\n" {
		t.Errorf("%q %v", raw, err)
	}
}

// TestFamilies starts the driver by the other kind of installation, whose file has other names, as it is shipped but for account and key.
func TestFamilies(t *testing.T) {
	killDriver(t, "TERM")
	t.Cleanup(func() {
		killDriver(t, "TERM")
		if err := install(""); err != nil {
			t.Error(err)
		}
		if err := startDriver(); err != nil {
			t.Error(err)
		}
	})
	if err := install("--upstart"); err != nil {
		t.Fatal(err)
	}
	if settings := guest(t, "cat "+settingsFile); !strings.Contains(settings, "\nAF_ACCOUNT_NAME="+lab.Account+"\n") {
		t.Fatal(settings)
	}
	if err := startDriverBy(asUpstart); err != nil {
		t.Fatal(err)
	}
	if log := guest(t, "cat "+driverLog); !strings.Contains(log, "Parsed configuration correctly.") {
		t.Error(log)
	}
	volume(t, "byjob", "share=byjob")
	docker(t, "run", "--rm", "-v", "byjob:/data", imageName, "touch", "/data/file")
	if _, err := os.Stat(host.Share("byjob") + "/file"); err != nil {
		t.Error(err)
	}
	// The program reads the file by itself, too, where nobody hands it on.
	killDriver(t, "TERM")
	if err := startDriverBy("setsid env -u AZURE_STORAGE_ACCOUNT /usr/bin/azurefile-dockervolumedriver >>" + driverLog + " 2>&1 </dev/null &\necho $! >/run/azurefile.pid"); err != nil {
		t.Fatal(err)
	}
	docker(t, "run", "--rm", "-v", "byjob:/data", imageName, "ls", "/data/file")
}

// TestWrongKey wants the reason from both protocols, and nothing left behind.
func TestWrongKey(t *testing.T) {
	volume(t, "locked", "share=locked")
	killDriver(t, "TERM")
	t.Cleanup(func() {
		killDriver(t, "TERM")
		if err := startDriver(); err != nil {
			t.Error(err)
		}
	})
	if err := startDriverBy("AZURE_STORAGE_ACCOUNT=" + lab.Account + " AZURE_STORAGE_ACCOUNT_KEY=d3Jvbmc= setsid /usr/bin/azurefile-dockervolumedriver >>" + driverLog + " 2>&1 </dev/null &\necho $! >/run/azurefile.pid"); err != nil {
		t.Fatal(err)
	}
	if out := fails(t, "volume", "create", "--name", "new", "-d", "azurefile", "-o", "share=new"); !strings.Contains(out, "error creating azure file share: AuthenticationFailed (HTTP status 403): the service refuses the key") {
		t.Error(out)
	}
	out := fails(t, "run", "--rm", "-v", "locked:/data", imageName, "true")
	if !strings.Contains(out, "VolumeDriver.Mount: mount failed: mount error(13)") || !strings.Contains(out, "the service refuses the key") {
		t.Error(out)
	}
	if n := mounts(t); n != "0" {
		t.Errorf("%s mounts", n)
	}
	if out, err := host.Exec(context.Background(), "ls /run/docker/volumedriver/azurefile"); err != nil || out != "" {
		t.Errorf("%q %v", out, err)
	}
}
