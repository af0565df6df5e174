package volume

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"helenus/test/azurefile/fake"
)

// begin makes a call that goes on while the test does.
func (g *rig) begin(method, body string) <-chan answer {
	answers := make(chan answer, 1)
	go func() { answers <- g.send("/VolumeDriver."+method, body) }()
	return answers
}

// ending tells the driver to end and returns what is closed once it has.
func (g *rig) ending() <-chan struct{} {
	ended := make(chan struct{})
	go func() {
		g.stop()
		close(ended)
	}()
	<-g.driver.ending.Done()
	return ended
}

// restarted is the driver after a restart: how many mounts there are, and how many containers it takes to use the volume.
func (g *rig) restarted() (mounts, references int) {
	g.t.Helper()
	u, _, err := g.driver.references.get("v")
	if err != nil {
		g.t.Fatal(err)
	}
	g.start()
	return g.kernel.count(), len(u.IDs)
}

// TestEndFinishesMount guards that a mount which is under way when the driver is told to end is finished, answered and remembered.
func TestEndFinishesMount(t *testing.T) {
	g := newRig(t, nil)
	g.ok("Create", createBody("v", "share=myshare"))
	g.kernel.block, g.kernel.began = make(chan struct{}), make(chan struct{}, 1)
	mounted := g.begin("Mount", with("v", "a"))
	<-g.kernel.began
	ended := g.ending()
	select {
	case <-ended:
		t.Fatal("the driver has ended with a mount under way")
	case a := <-mounted:
		t.Fatalf("answered before it was mounted: %+v", a)
	default:
	}
	close(g.kernel.block)
	if a := <-mounted; a.err != nil || a.status != 200 || !strings.Contains(a.body, `"Mountpoint"`) {
		t.Errorf("%+v", a)
	}
	<-ended
	if mounts, references := g.restarted(); mounts != 1 || references != 1 {
		t.Errorf("%d mounts, %d references", mounts, references)
	}
	g.ok("Unmount", with("v", "a"))
	if n := g.kernel.count(); n != 0 {
		t.Errorf("%d mounts are left", n)
	}
}

// TestEndUndoesMount guards that one which does not come to an end in time is refused to its caller, and undone when the kernel has made it after all.
func TestEndUndoesMount(t *testing.T) {
	g := newRig(t, func(o *DriverOptions) { o.finishWithin = 20 * time.Millisecond })
	g.ok("Create", createBody("v", "share=myshare"))
	g.kernel.block, g.kernel.began = make(chan struct{}), make(chan struct{}, 1)
	mounted := g.begin("Mount", with("v", "a"))
	<-g.kernel.began
	waiting := g.begin("Mount", with("v", "b"))
	await(t, "waiting for the volume's lock", func() bool { return g.users("v") == 2 })
	ended := g.ending()
	for _, call := range []<-chan answer{mounted, waiting} {
		if a := <-call; a.err != nil || a.status != 500 || !strings.Contains(a.body, "the volume driver is ending") {
			t.Errorf("%+v", a)
		}
	}
	close(g.kernel.block) // in the time that Close waits
	<-ended
	if _, err := os.Lstat(filepath.Join(g.options.Mountpoint, "v")); err == nil {
		t.Error("the mount point is left behind")
	}
	if mounts, references := g.restarted(); mounts != 0 || references != 0 {
		t.Errorf("%d mounts, %d references", mounts, references)
	}
	g.kernel.began = nil
	g.ok("Mount", with("v", "a"))
	g.ok("Unmount", with("v", "a"))
}

// await looks again and again until something has come about.
func await(t *testing.T, what string, f func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !f(); <-time.After(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: not after a minute", what)
		}
	}
}

// users is how many calls hold or wait for a volume's lock.
func (g *rig) users(volume string) int {
	l := &g.driver.volumes
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.held[volume] == nil {
		return 0
	}
	return l.held[volume].users
}

// TestEndOfRetries guards that a mount which only waits for its server does not hold up the end.
func TestEndOfRetries(t *testing.T) {
	g := newRig(t, func(o *DriverOptions) { o.mountAgain, o.mountWithin = time.Hour, time.Hour })
	g.ok("Create", createBody("v", "share=myshare"))
	g.ok("Mount", with("v", "a"))
	g.ok("Unmount", with("v", "a"))
	g.kernel.errs, g.kernel.began = slices.Repeat([]error{errHostDown}, 5), make(chan struct{}, 5)
	mounted := g.begin("Mount", with("v", "a"))
	<-g.kernel.began
	<-g.ending()
	if a := <-mounted; a.err != nil || a.status != 500 || !strings.Contains(a.body, "mount error(112)") {
		t.Errorf("%+v", a)
	}
	if mounts, references := g.restarted(); mounts != 0 || references != 0 {
		t.Errorf("%d mounts, %d references", mounts, references)
	}
}

// TestEndOfCreate guards that a volume which is being made when the driver is told to end is either made whole or not there.
func TestEndOfCreate(t *testing.T) {
	g := newRig(t, nil)
	came, goOn := make(chan struct{}, 1), make(chan struct{})
	g.service.Made = func(string, string) error {
		came <- struct{}{}
		<-goOn
		return nil
	}
	made := g.begin("Create", createBody("v", "share=myshare"))
	<-came
	ended := g.ending()
	close(goOn)
	if a := <-made; a.err != nil || a.status != 200 {
		t.Errorf("%+v", a)
	}
	<-ended
	g.restarted()
	if list := g.ok("List", "{}"); !strings.Contains(list, `"v"`) {
		t.Error(list)
	}

	g.options.finishWithin = 20 * time.Millisecond
	g.stop()
	g.start()
	g.service.Made = nil
	g.service.Fail(slices.Repeat([]fake.Failure{{Status: 409, Code: "ShareBeingDeleted"}}, 1000)...)
	g.driver.home.pause, g.driver.home.patient = time.Hour, 2*time.Hour
	g.service.Requests()
	made = g.begin("Create", createBody("w", "share=another"))
	await(t, "the service is asked", func() bool { return len(g.service.Requests()) > 0 })
	ended = g.ending()
	if a := <-made; a.err != nil || a.status != 500 || !strings.Contains(a.body, "error creating azure file share") {
		t.Errorf("%+v", a)
	}
	<-ended
	g.restarted()
	if list := g.ok("List", "{}"); strings.Contains(list, `"w"`) {
		t.Error(list)
	}
}
