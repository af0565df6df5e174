package volume

import (
	"context"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"helenus/internal/platform"
	"helenus/test/azurefile/fake"
)

// TestProtocol holds each call's answer against what engines read.
func TestProtocol(t *testing.T) {
	g := newRig(t, nil)
	at := filepath.Join(g.options.Mountpoint, "myvol")
	if status, answer := g.post("/Plugin.Activate", ""); status != 200 || answer != `{"Implements": ["VolumeDriver"]}` {
		t.Errorf("activate: %d %s", status, answer)
	}
	for _, call := range []struct{ method, body, want string }{
		{"Capabilities", "{}", `{"Capabilities":{"Scope":"local"}}`},
		{"List", "{}", `{"Volumes":[]}`},
		{"Path", named("myvol"), fmt.Sprintf(`{"Mountpoint":%q}`, at)},
		{"Create", createBody("myvol", "share=myshare"), `{}`},
		{"Create", createBody("myvol", "share=myshare"), `{}`}, // the same again
		{"List", "{}", fmt.Sprintf(`{"Volumes":[{"Name":"myvol","Mountpoint":%q}]}`, at)},
		{"Mount", with("myvol", "a"), fmt.Sprintf(`{"Mountpoint":%q}`, at)},
		{"Path", named("myvol"), fmt.Sprintf(`{"Mountpoint":%q}`, at)},
		{"Unmount", with("myvol", "a"), `{}`},
		{"Unmount", with("myvol", "a"), `{}`}, // not mounted
		{"Remove", named("myvol"), `{}`},
		{"List", "{}", `{"Volumes":[]}`},
	} {
		if got := g.ok(call.method, call.body); got != call.want {
			t.Errorf("%s %s: %s, want %s", call.method, call.body, got, call.want)
		}
	}
	if status, _ := g.post("/VolumeDriver.Create", "no JSON"); status != http.StatusBadRequest {
		t.Errorf("a body that is no JSON: status %d", status)
	}
	if status, _ := g.post("/VolumeDriver.Dance", "{}"); status != http.StatusNotFound {
		t.Errorf("an unknown call: status %d", status)
	}
	for _, method := range []string{"Get", "Remove", "Mount"} {
		want := "could not fetch metadata: cannot read metadata: open " + filepath.Join(g.metadata, "none") + ": no such file or directory"
		if got := g.fails(method, with("none", "a")); got != want {
			t.Errorf("%s of an unknown volume: %s", method, got)
		}
	}
	if _, err := os.Stat(filepath.Join(g.options.Mountpoint, "none")); err == nil {
		t.Error("a mount point is left behind")
	}
	if shares := g.service.Shares(); len(shares) != 1 {
		t.Errorf("the share is to stay without --remove-shares: %v", shares)
	}
}

// TestGet looks at what docker volume inspect shows.
func TestGet(t *testing.T) {
	g := newRig(t, nil)
	before := time.Now().Add(-time.Second)
	g.ok("Create", createBody("v", "share=myshare", "remotepath=/one/two", "uid=999"))
	g.ok("Mount", with("v", "a"))
	g.ok("Mount", with("v", "b"))
	var answer struct {
		Volume struct {
			Name, Mountpoint, CreatedAt string
			Status                      map[string]any
		}
	}
	if err := json.Unmarshal([]byte(g.ok("Get", named("v"))), &answer); err != nil {
		t.Fatal(err)
	}
	v := answer.Volume
	created, err := time.Parse(time.RFC3339, v.CreatedAt)
	if err != nil || created.Before(before.Truncate(time.Second)) || v.Name != "v" || v.Mountpoint != filepath.Join(g.options.Mountpoint, "v") {
		t.Errorf("%+v %v", v, err)
	}
	want := map[string]any{"share": "myshare", "remotepath": "/one/two", "account": testAccount, "mounted": true, "references": 2.0, "options": "share=myshare remotepath=/one/two uid=999"}
	if fmt.Sprint(v.Status) != fmt.Sprint(want) {
		t.Errorf("%v, want %v", v.Status, want)
	}
	if dirs := g.service.Shares()["myshare"]; !slices.Equal(dirs, []string{"one", "one/two"}) {
		t.Errorf("directories %q", dirs)
	}
}

// TestCreateRefused wants the reason that comes first, and nothing made.
func TestCreateRefused(t *testing.T) {
	g := newRig(t, nil)
	for _, c := range []struct {
		body, want string
	}{
		{createBody("v", "Share=s"), `error validating metadata: not a recognized volume driver option: "Share"`},
		{createBody("v", "foo=bar", "share="), `error validating metadata: not a recognized volume driver option: "foo"`},
		{`{"Name":"v"}`, "missing volume option: 'share'"},
		{`{"Name":"v","Opts":null}`, "missing volume option: 'share'"},
		{createBody("v", "share="), "missing volume option: 'share'"},
		{createBody("v", "share=MyShare"), "no name for a share"},
		{createBody("v", "share=ab"), "no name for a share"},
		{createBody("v", "share="+strings.Repeat("a", 64)), "no name for a share"},
		{createBody("v", "share=a--b"), "no name for a share"},
		{createBody("v", "share=-ab"), "no name for a share"},
		{createBody("v", "share=myshare", "uid=root"), "decimal"},
		{createBody("v", "share=myshare", "gid=-1"), "decimal"},
		{createBody("v", "share=myshare", "filemode=0999"), "octal"},
		{createBody("v", "share=myshare", "dirmode=rwx"), "octal"},
		{createBody("v", "share=myshare", "nolock=yes"), "true, false, 1, 0"},
		{createBody("v", "share=myshare", "uid=0,username=x"), "no comma"},
		{createBody("v", "share=myshare", "remotepath=a,password=x"), "no comma"},
		{createBody("v", "share=myshare", "remotepath=a\x00b"), "NUL"},
		{createBody("v", "share=myshare", "remotepath=a/../b"), ".."},
		{createBody("v", "share=myshare", "vers=2.1"), "allowed: 3"},
		{createBody("v", "share=myshare", "quota=0"), "GiB"},
		{createBody("v", "share=myshare", "mountopts=credentials=/etc/passwd"), `has "credentials"`},
		{createBody("..", "share=myshare"), "no name for a volume"},
		{createBody("a/b", "share=myshare"), "no name for a volume"},
		{createBody("", "share=myshare"), "no name for a volume"},
		{createBody(".hidden", "share=myshare"), "no name for a volume"},
		{createBody("x.json", "share=myshare"), "no name for a volume"},
		{createBody("x.spec", "share=myshare"), "no name for a volume"},
	} {
		if got := g.fails("Create", c.body); !strings.Contains(got, c.want) {
			t.Errorf("%s: %s, want %s", c.body, got, c.want)
		}
	}
	if asked := g.service.Requests(); len(asked) != 0 {
		t.Errorf("the service was asked: %v", asked)
	}
	g.ok("Create", createBody("v", "share=myshare", "uid=1"))
	got := g.fails("Create", createBody("v", "share=other", "uid=2"))
	if !strings.Contains(got, "share=myshare uid=1") || !strings.Contains(got, "share=other uid=2") {
		t.Error(got)
	}
}

// TestRecord wants what the old driver writes and reads.
func TestRecord(t *testing.T) {
	g := newRig(t, nil)
	g.ok("Create", createBody("v", "share=myshare"))
	file := filepath.Join(g.metadata, "v")
	raw, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	form := `^\{"created_at":"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z","account":"myaccount","options":\{"share":"myshare","filemode":"","dirmode":"","uid":"","gid":"","nolock":false,"remotepath":""\}\}$`
	if !regexp.MustCompile(form).Match(raw) {
		t.Errorf("%s", raw)
	}
	for path, want := range map[string]os.FileMode{file: 0o600, g.metadata: 0o700} {
		if info, err := os.Stat(path); err != nil || info.Mode().Perm() != want {
			t.Errorf("%s: %v, %v", path, info.Mode(), err)
		}
	}
	// One of the old driver's, with a member that nobody knows; beside it what is no record.
	old := `{"created_at":"2016-09-16T10:00:00.123456789Z","account":"myaccount","options":{"share":"old","filemode":"0644","nolock":true,"colour":"red"},"x":1}`
	for name, content := range map[string]string{"old": old, ".tmp": "x", "sub/v": old, "other": strings.Replace(old, "myaccount", "another", 1), "broken": "{"} {
		path := filepath.Join(g.metadata, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	list := g.ok("List", "{}")
	for name, want := range map[string]bool{"old": true, "v": true, "other": true, ".tmp": false, "sub": false} {
		if got := strings.Contains(list, fmt.Sprintf(`"Name":%q`, name)); got != want {
			t.Errorf("%s in the list: %t", name, got)
		}
	}
	if got := g.ok("Get", named("old")); !strings.Contains(got, `"CreatedAt":"2016-09-16T10:00:00Z"`) {
		t.Error(got)
	}
	g.ok("Mount", with("old", "a"))
	if data := g.kernel.data[0]; !strings.Contains(data, ",file_mode=0644,dir_mode=0777,uid=0,gid=0,nobrl,") {
		t.Error(data)
	}
	if got := g.fails("Mount", with("other", "a")); got != "volume hosted on a different account ('another') cannot mount" {
		t.Error(got)
	}
	if got := g.fails("Get", named("broken")); !strings.Contains(got, "is no record of a volume") {
		t.Error(got)
	}
	if got := g.fails("Get", named("../volumes/v")); !strings.Contains(got, "no name for a volume") {
		t.Error(got)
	}
}

// TestMountData wants the old driver's options in its order, and no trace of the key anywhere else.
func TestMountData(t *testing.T) {
	g := newRig(t, nil)
	key := g.service.KeyText()
	for name, c := range map[string]struct {
		options []string
		data    string
		source  string
	}{
		"plain":  {nil, "vers=3.0,username=myaccount,password=KEY,file_mode=0777,dir_mode=0777,uid=0,gid=0,ip=127.0.0.1", "//myaccount.file.core.windows.net/myshare"},
		"all":    {[]string{"uid=999", "gid=998", "filemode=0600", "dirmode=0700", "nolock=true", "remotepath=/a/b", "vers=3.1.1", "mountopts=actimeo=30 nosharesock"}, "vers=3.1.1,username=myaccount,password=KEY,file_mode=0600,dir_mode=0700,uid=999,gid=998,nobrl,actimeo=30,nosharesock,ip=127.0.0.1", "//myaccount.file.core.windows.net/myshare/a/b"},
		"nolock": {[]string{"nolock=1"}, "vers=3.0,username=myaccount,password=KEY,file_mode=0777,dir_mode=0777,uid=0,gid=0,nobrl,ip=127.0.0.1", "//myaccount.file.core.windows.net/myshare"},
		"locks":  {[]string{"nolock=false"}, "vers=3.0,username=myaccount,password=KEY,file_mode=0777,dir_mode=0777,uid=0,gid=0,ip=127.0.0.1", "//myaccount.file.core.windows.net/myshare"},
	} {
		g.ok("Create", createBody(name, append(c.options, "share=myshare")...))
		g.ok("Mount", with(name, "a"))
		mounts, err := g.driver.mounts(name)
		if err != nil || len(mounts) != 1 || mounts[0].Source != c.source {
			t.Errorf("%s: %v %v", name, mounts, err)
		}
		if got := strings.Replace(g.kernel.data[len(g.kernel.data)-1], key, "KEY", 1); got != c.data {
			t.Errorf("%s: %s, want %s", name, got, c.data)
		}
	}
	if log := g.log.String(); strings.Contains(log, key) || !strings.Contains(log, "level=warning msg=\"nolock keeps locks inside one mount") {
		t.Errorf("log:\n%s", log)
	}
	if got := mountData(Account{Name: "a", Key: "one,two"}, Options{}, netip.MustParseAddr("127.0.0.1")); !strings.Contains(got, "password=one,,two,file_mode") {
		t.Error(got)
	}
}

// TestReferences wants one mount, whoever uses it, which goes with the last one, over restarts of the driver.
func TestReferences(t *testing.T) {
	g := newRig(t, nil)
	g.ok("Create", createBody("v", "share=myshare"))
	mounts := func(want int) {
		t.Helper()
		if got := g.kernel.count(); got != want {
			t.Fatalf("%d mounts, want %d", got, want)
		}
	}
	g.ok("Mount", with("v", "a"))
	g.ok("Mount", with("v", "b"))
	g.ok("Mount", with("v", "b")) // docker cp does so, and gives it back once
	mounts(1)
	if got := g.fails("Remove", named("v")); !strings.Contains(got, "in use by 2") {
		t.Error(got)
	}
	g.stop()
	mounts(1)
	g.start()
	g.ok("Unmount", with("v", "b"))
	mounts(1)
	g.ok("Unmount", with("v", "b"))
	mounts(1)
	g.ok("Mount", with("v", "c"))
	g.ok("Unmount", with("v", "a"))
	mounts(1)
	g.ok("Unmount", with("v", "c"))
	mounts(0)
	if _, err := os.Stat(filepath.Join(g.options.Mountpoint, "v")); err == nil {
		t.Error("the mount point is left behind")
	}
	// Somebody took it down by hand: nobody uses it any more.
	g.ok("Mount", with("v", "a"))
	if err := g.kernel.Unmount(filepath.Join(g.options.Mountpoint, "v"), false); err != nil {
		t.Fatal(err)
	}
	g.ok("Mount", with("v", "d"))
	g.ok("Unmount", with("v", "d"))
	mounts(0)
	// A process of the host keeps it busy: the next call takes it down.
	g.ok("Mount", with("v", "a"))
	g.kernel.set(func() { g.kernel.busy = true })
	if got := g.fails("Unmount", with("v", "a")); !strings.HasPrefix(got, "unmount failed: device or resource busy") {
		t.Error(got)
	}
	if got := g.fails("Remove", named("v")); !strings.HasPrefix(got, "unmount failed: ") {
		t.Error(got)
	}
	g.kernel.set(func() { g.kernel.busy = false })
	g.ok("Remove", named("v"))
	mounts(0)
}

// TestOldMounts takes over from the old driver, which has a mount for each user, one above the other.
func TestOldMounts(t *testing.T) {
	g := newRig(t, nil)
	g.ok("Create", createBody("v", "share=myshare"))
	at := filepath.Join(g.options.Mountpoint, "v")
	if err := os.MkdirAll(at, 0o700); err != nil {
		t.Fatal(err)
	}
	g.kernel.tables[at] = []platform.Mount{{Point: at}, {Point: at}}
	g.ok("Mount", with("v", "new"))
	for i, want := range []int{1, 1, 0} {
		if got := g.kernel.count(); i == 0 && got != 2 {
			t.Fatalf("%d mounts", got)
		}
		g.ok("Unmount", with("v", []string{"old1", "old2", "new"}[i]))
		if got := g.kernel.count(); got != want {
			t.Fatalf("after %d: %d mounts, want %d", i, got, want)
		}
	}
}

// TestDeadMount is mounted anew.
func TestDeadMount(t *testing.T) {
	g := newRig(t, nil)
	g.ok("Create", createBody("v", "share=myshare"))
	g.ok("Mount", with("v", "a"))
	g.kernel.set(func() { g.kernel.dead = errHostDown; g.kernel.busy = true })
	g.ok("Mount", with("v", "b"))
	if g.kernel.count() != 1 || len(g.kernel.data) != 2 {
		t.Errorf("%d mounts, %d made", g.kernel.count(), len(g.kernel.data))
	}
	g.kernel.set(func() { g.kernel.busy = false })
	g.ok("Unmount", with("v", "a"))
	g.ok("Unmount", with("v", "b"))
	if g.kernel.count() != 0 {
		t.Error("still mounted")
	}
}

// TestMountFailures says what to do.
func TestMountFailures(t *testing.T) {
	g := newRig(t, nil)
	g.ok("Create", createBody("v", "share=myshare"))
	for _, c := range []struct {
		err  error
		want string
	}{
		{errNoDevice, "this kernel (" + release() + ") has no CIFS"},
		{errAccess, "the service takes the key, so SMB itself is refused"},
		{errNone, "the share myshare has no directory"},
		{errInvalid, "mount failed: mount error(22): invalid argument: //myaccount.file.core.windows.net/myshare; the kernel refuses an option"},
		{errNotAllowed, "CAP_SYS_ADMIN"},
		{errPlain, "mount failed: //myaccount.file.core.windows.net/myshare: some failure"},
	} {
		g.kernel.errs = []error{c.err}
		if got := g.fails("Mount", with("v", "a")); !strings.Contains(got, c.want) || strings.Contains(got, g.service.KeyText()) {
			t.Errorf("%v: %s", c.err, got)
		}
		if _, err := os.Stat(filepath.Join(g.options.Mountpoint, "v")); err == nil {
			t.Error("the mount point is left behind")
		}
	}
	g.kernel.errs = []error{errAccess}
	g.service.Fail(fake.Failure{Status: 403, Code: "KeyBasedAuthenticationNotPermitted"})
	if got := g.fails("Mount", with("v", "a")); !strings.Contains(got, "does not allow access by key") {
		t.Error(got)
	}
	g.options.Account.Name = testAccount
	if _, err := g.driver.home.exists(t.Context(), "gone"); err != nil {
		t.Error(err)
	}
	if err := g.driver.home.remove(t.Context(), "myshare"); err != nil {
		t.Fatal(err)
	}
	g.kernel.errs = []error{errNone}
	if got := g.fails("Mount", with("v", "a")); !strings.Contains(got, "the share myshare is not there any more") {
		t.Error(got)
	}
}

// TestAway wants a first mount to fail at once while the server is away, and one that comes after another to go on trying.
func TestAway(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:445")
	if err == nil {
		defer l.Close() // an open port
	}
	g := newRig(t, nil)
	g.ok("Create", createBody("v", "share=myshare"))
	g.kernel.errs = []error{errHostDown, nil}
	if got := g.fails("Mount", with("v", "a")); !strings.Contains(got, "mount error(112)") || !strings.Contains(got, "port 445") {
		t.Error(got)
	}
	g.ok("Mount", with("v", "a"))
	g.ok("Unmount", with("v", "a"))
	g.kernel.errs = slices.Repeat([]error{errHostDown}, 5)
	g.ok("Mount", with("v", "a"))
	if log := g.log.String(); !strings.Contains(log, "attempts=6") || strings.Count(log, "the server does not answer; trying again") != 1 {
		t.Error(log)
	}
	g.ok("Unmount", with("v", "a"))
	g.options.mountWithin = 20 * time.Millisecond
	g.stop()
	g.start()
	g.kernel.errs = slices.Repeat([]error{errHostDown}, 10000)
	if got := g.fails("Mount", with("v", "a")); !strings.Contains(got, "mount error(112)") {
		t.Error(got)
	}
}

// TestHanging wants a mount that hangs to hold up nobody but its own volume, to end for its caller, and to be undone when it comes to an end.
func TestHanging(t *testing.T) {
	g := newRig(t, func(o *DriverOptions) { o.mountWithin = 50 * time.Millisecond })
	g.ok("Create", createBody("v", "share=myshare"))
	g.ok("Create", createBody("w", "share=myshare"))
	g.kernel.block = make(chan struct{})
	if got := g.fails("Mount", with("v", "a")); !strings.Contains(got, "has not finished it in time") {
		t.Error(got)
	}
	for _, call := range [][2]string{{"List", "{}"}, {"Get", named("v")}, {"Path", named("v")}, {"Remove", named("w")}} {
		g.ok(call[0], call[1])
	}
	close(g.kernel.block)
	g.ok("Mount", with("v", "b")) // waits for the other's end
	if g.kernel.count() != 1 {
		t.Errorf("%d mounts", g.kernel.count())
	}
	if got := g.ok("Get", named("v")); !strings.Contains(got, `"references":1`) {
		t.Error(got)
	}
}

// TestService wants each refusal of the service's to say what to do.
func TestService(t *testing.T) {
	for _, c := range []struct {
		name     string
		failures []fake.Failure
		want     string // "": success
	}{
		{"throttled for a while", []fake.Failure{{Status: 503, Code: "ServerBusy"}, {Status: 503, Code: "ServerBusy", RetryAfter: "0"}}, ""},
		{"throttled", slices.Repeat([]fake.Failure{{Status: 503, Code: "ServerBusy"}}, 20), "error creating azure file share: ServerBusy (HTTP status 503): the service is throttling this account"},
		{"being deleted for a while", slices.Repeat([]fake.Failure{{Status: 409, Code: "ShareBeingDeleted"}}, 5), ""},
		{"being deleted", slices.Repeat([]fake.Failure{{Status: 409, Code: "ShareBeingDeleted"}}, 1000), "error creating azure file share: ShareBeingDeleted (HTTP status 409): the share was deleted a short while ago"},
		{"there", []fake.Failure{{Status: 409, Code: "ShareAlreadyExists"}}, ""},
		{"another conflict", []fake.Failure{{Status: 409, Code: "AccountBeingCreated"}}, "AccountBeingCreated (HTTP status 409)"},
		{"no key", []fake.Failure{{Status: 403, Code: "KeyBasedAuthenticationNotPermitted"}}, "does not allow access by key"},
		{"firewall", []fake.Failure{{Status: 403, Code: "AuthorizationFailure"}}, "firewall"},
		{"full", []fake.Failure{{Status: 400, Code: "OutOfRangeInput"}}, "OutOfRangeInput (HTTP status 400)"},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			g := newRig(t, nil)
			g.driver.home.options.Retry.RetryDelay, g.driver.home.options.Retry.MaxRetryDelay = time.Millisecond, 2*time.Millisecond
			g.service.Fail(c.failures...)
			if c.want == "" {
				g.driver.home.patient = time.Minute
				g.ok("Create", createBody("v", "share=myshare"))
				return
			}
			if got := g.fails("Create", createBody("v", "share=myshare")); !strings.Contains(got, c.want) {
				t.Error(got)
			}
			if list := g.ok("List", "{}"); list != `{"Volumes":[]}` {
				t.Errorf("a record was written: %s", list)
			}
		})
	}
}

// TestWrongKey and a wrong clock are told apart.
func TestWrongKey(t *testing.T) {
	g := newRig(t, func(o *DriverOptions) { o.Key = "d3Jvbmc=" })
	got := g.fails("Create", createBody("v", "share=myshare"))
	if !strings.Contains(got, "AuthenticationFailed (HTTP status 403)") || !strings.Contains(got, "refuses the key of account myaccount") || strings.Contains(got, "d3Jvbmc=") {
		t.Error(got)
	}
	g = newRig(t, nil)
	g.service.Now = func() time.Time { return time.Now().Add(time.Hour) }
	if got := g.fails("Create", createBody("v", "share=myshare")); !strings.Contains(got, "clock is wrong by -1h0m") {
		t.Error(got)
	}
	g = newRig(t, func(o *DriverOptions) { o.Account.Name = "other" })
	g.driver.home.options.Retry.MaxRetries = -1
	if got := g.fails("Create", createBody("v", "share=myshare")); !strings.Contains(got, "could not resolve address for other.file.core.windows.net") {
		t.Error(got)
	}
}

// TestSilent wants an end where the service does not answer.
func TestSilent(t *testing.T) {
	g := newRig(t, nil)
	g.service.Fail(slices.Repeat([]fake.Failure{{Hang: true}}, 10)...)
	ctx, cancel := context.WithTimeout(t.Context(), 50*time.Millisecond)
	defer cancel()
	if err := g.driver.home.create(ctx, "myshare", ""); err == nil || !strings.Contains(err.Error(), "does not answer in time") {
		t.Error(err)
	}
}

// TestRemoveShares deletes shares that no other volume is on.
func TestRemoveShares(t *testing.T) {
	g := newRig(t, func(o *DriverOptions) { o.RemoveShares = true })
	g.service.Lingering = time.Hour
	g.ok("Create", createBody("v", "share=myshare", "quota=7"))
	if q := g.service.Quota("myshare"); q != "7" {
		t.Errorf("quota %s", q)
	}
	g.ok("Create", createBody("w", "share=myshare", "remotepath=sub"))
	if got := g.fails("Remove", named("v")); !strings.Contains(got, `error removing azure file share "myshare": other volumes are on it, too: w`) {
		t.Error(got)
	}
	if err := os.Remove(filepath.Join(g.metadata, "w")); err != nil {
		t.Fatal(err)
	}
	g.service.Snapshot("myshare")
	if got := g.fails("Remove", named("v")); !strings.Contains(got, `error removing azure file share "myshare": ShareHasSnapshots`) || !strings.Contains(g.ok("List", "{}"), `"v"`) {
		t.Errorf("%s; the record is to stay", got)
	}
	g.service.Requests()
	g.service.Fail(fake.Failure{Status: 404, Code: "ShareNotFound"})
	g.ok("Remove", named("v"))
	if asked := g.service.Requests(); len(asked) != 1 || asked[0].Method != "DELETE" || asked[0].URI != "/myshare?restype=share" {
		t.Errorf("%+v", asked)
	}
	g.ok("Create", createBody("x", "share=another"))
	g.ok("Remove", named("x"))
	if shares := g.service.Shares(); shares["another"] != nil {
		t.Errorf("%v", shares)
	}
	if got := g.fails("Create", createBody("x", "share=another")); !strings.Contains(got, "ShareBeingDeleted") {
		t.Error(got)
	}
}

// TestQuietGet guards that the question before every creation is no error to a reader of the log.
func TestQuietGet(t *testing.T) {
	g := newRig(t, nil)
	g.fails("Get", named("none"))
	g.fails("Get", named("impossible.json"))
	if log := g.log.String(); !strings.Contains(log, "level=debug") || strings.Contains(log, "level=error") {
		t.Error(log)
	}
	g.fails("Mount", with("none", "a"))
	line := regexp.MustCompile(`(?m)^time="[^"]+" level=error msg="could not fetch metadata: .*" name=none operation=mount took=\S+$`)
	if log := g.log.String(); !line.MatchString(log) {
		t.Error(log)
	}
}
