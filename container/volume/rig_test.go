package volume

import (
	"bytes"
	"context"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"helenus/internal/platform"
	"helenus/test/azurefile/fake"
)

const testAccount = "myaccount"

// rig is a driver between an engine's calls, a service that checks signatures, and a kernel of the test's.
type rig struct {
	t        *testing.T
	service  *fake.Service
	kernel   *kernelInMemory
	options  DriverOptions
	driver   *Driver
	log      *safeBuffer
	engine   *http.Client
	stop     func()
	metadata string
}

// newRig starts a driver; change adapts its options.
func newRig(t *testing.T, change func(*DriverOptions)) *rig {
	t.Helper()
	g := &rig{t: t, service: &fake.Service{Account: testAccount, Key: []byte("a key, with\xff any byte"), Host: testAccount + ".file.core.windows.net"}, log: &safeBuffer{}}
	transport := transportTo(t, g.service)
	dir := t.TempDir()
	g.kernel = &kernelInMemory{tables: map[string][]platform.Mount{}}
	g.metadata = filepath.Join(dir, "volumes")
	g.options = DriverOptions{
		Account:    Account{Name: testAccount, Key: g.service.KeyText(), Base: "core.windows.net", Transport: transport},
		Mountpoint: filepath.Join(dir, "mounts"), Metadata: g.metadata, References: filepath.Join(dir, "run"), Logger: newLog(g.log, true),
		kernel: g.kernel, lookup: func(context.Context, string) ([]netip.Addr, error) {
			return []netip.Addr{netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("127.0.0.1")}, nil
		},
		mountWithin: 5 * time.Second, mountAgain: time.Millisecond,
	}
	if change != nil {
		change(&g.options)
	}
	g.start()
	t.Cleanup(func() { g.stop() })
	return g
}

// transportTo brings requests to a service by TLS and its name, and nowhere else.
func transportTo(t *testing.T, s *fake.Service) *http.Client {
	t.Helper()
	certificate, ca, err := fake.Certificate(s.Host)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewUnstartedServer(s)
	server.TLS = &tls.Config{Certificates: []tls.Certificate{certificate}}
	server.StartTLS()
	t.Cleanup(server.Close)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(ca)
	transport := &http.Transport{
		TLSClientConfig: &tls.Config{RootCAs: roots},
		DialContext: func(ctx context.Context, network, addr string) (net.Conn, error) {
			if addr != s.Host+":443" {
				return nil, &net.DNSError{Err: "no such host", Name: addr, IsNotFound: true}
			}
			return (&net.Dialer{}).DialContext(ctx, network, server.Listener.Addr().String())
		},
	}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: transport}
}

// start serves at a socket; stop ends the driver as SIGTERM does.
func (g *rig) start() {
	g.t.Helper()
	d, err := New(g.options)
	if err != nil {
		g.t.Fatal(err)
	}
	for _, s := range d.accounts {
		s.pause, s.patient = time.Millisecond, 100*time.Millisecond
	}
	g.driver = d
	dir, err := os.MkdirTemp("", "azf-") // short: a socket's path is
	if err != nil {
		g.t.Fatal(err)
	}
	socket := filepath.Join(dir, "azurefile.sock")
	l, err := listenAt(socket, os.Getgid())
	if err != nil {
		g.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	served := make(chan error, 1)
	go func() { served <- d.Serve(ctx, l) }()
	engine := &http.Transport{DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
		return (&net.Dialer{}).DialContext(ctx, "unix", socket)
	}}
	g.engine = &http.Client{Transport: engine}
	g.stop = sync.OnceFunc(func() {
		engine.CloseIdleConnections()
		cancel()
		if err := <-served; err != nil {
			g.t.Error(err)
		}
		d.Close()
		if _, err := os.Lstat(socket); err == nil {
			g.t.Error("the socket is left behind")
		}
		if err := os.RemoveAll(dir); err != nil {
			g.t.Error(err)
		}
	})
}

// post is a call of the engine's: status and body.
func (g *rig) post(path, body string) (int, string) {
	g.t.Helper()
	a := g.send(path, body)
	if a.err != nil {
		g.t.Fatal(a.err)
	}
	if (a.status == 200 || a.status == 500) && a.kind != "application/vnd.docker.plugins.v1.1+json" {
		g.t.Errorf("%s: Content-Type %q", path, a.kind)
	}
	return a.status, a.body
}

// answer is one of the driver's.
type answer struct {
	status     int
	kind, body string
	err        error
}

// send makes a call, from any goroutine.
func (g *rig) send(path, body string) answer {
	r, err := g.engine.Post("http://azurefile"+path, "application/vnd.docker.plugins.v1.2+json", strings.NewReader(body))
	if err != nil {
		return answer{err: err}
	}
	raw, err := io.ReadAll(r.Body)
	return answer{r.StatusCode, r.Header.Get("Content-Type"), strings.TrimSpace(string(raw)), errors.Join(err, r.Body.Close())}
}

// ok wants a call to succeed and returns its answer.
func (g *rig) ok(method, body string) string {
	g.t.Helper()
	status, answer := g.post("/VolumeDriver."+method, body)
	if status != 200 || strings.Contains(answer, `"Err"`) {
		g.t.Fatalf("%s %s: status %d\n%s", method, body, status, answer)
	}
	return answer
}

// fails wants a call to fail and returns its error.
func (g *rig) fails(method, body string) string {
	g.t.Helper()
	status, answer := g.post("/VolumeDriver."+method, body)
	var e struct{ Err string }
	if err := json.Unmarshal([]byte(answer), &e); err != nil || status != 500 || e.Err == "" {
		g.t.Fatalf("%s %s: status %d\n%s", method, body, status, answer)
	}
	return e.Err
}

// createBody is the request for a volume with options NAME=value.
func createBody(name string, options ...string) string {
	o := map[string]string{}
	for _, option := range options {
		k, v, _ := strings.Cut(option, "=")
		o[k] = v
	}
	raw, err := json.Marshal(map[string]any{"Name": name, "Opts": o})
	if err != nil {
		panic(err) // maps of strings
	}
	return string(raw)
}

func named(name string) string { return fmt.Sprintf(`{"Name":%q}`, name) }

func with(name, id string) string { return fmt.Sprintf(`{"Name":%q,"ID":%q}`, name, id) }

// kernelInMemory has a table of mounts and no files.
type kernelInMemory struct {
	mu     sync.Mutex
	tables map[string][]platform.Mount // by mount point, the lowest first
	data   []string                    // of each Mount that succeeded
	errs   []error                     // of the next Mounts; nil: none
	dead   error                       // what Answers returns
	busy   bool
	block  chan struct{} // holds Mount while it is open
	began  chan struct{} // not nil: is sent to when Mount has begun
}

func (k *kernelInMemory) Mount(source, target, data string) error {
	if k.began != nil {
		k.began <- struct{}{}
	}
	if k.block != nil {
		<-k.block
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if len(k.errs) > 0 {
		err := k.errs[0]
		k.errs = k.errs[1:]
		if err != nil {
			return err
		}
	}
	real, err := filepath.EvalSymlinks(target)
	if err != nil {
		return err
	}
	k.tables[real] = append(k.tables[real], platform.Mount{Point: real, Type: "cifs", Source: source})
	k.data = append(k.data, data)
	return nil
}

func (k *kernelInMemory) Unmount(target string, lazy bool) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	real, err := filepath.EvalSymlinks(target)
	if err != nil {
		return err
	}
	all := k.tables[real]
	switch {
	case len(all) == 0:
		return errInvalid
	case k.busy && !lazy:
		return errBusy
	}
	k.tables[real] = all[:len(all)-1]
	return nil
}

func (k *kernelInMemory) Mounts() ([]platform.Mount, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	var all []platform.Mount
	for _, point := range slices.Sorted(maps.Keys(k.tables)) {
		all = append(all, k.tables[point]...)
	}
	return all, nil
}

func (k *kernelInMemory) Answers(string) error {
	k.mu.Lock()
	defer k.mu.Unlock()
	return k.dead
}

// count is how many mounts there are.
func (k *kernelInMemory) count() int {
	all, err := k.Mounts()
	if err != nil {
		panic(err) // it has none
	}
	return len(all)
}

func (k *kernelInMemory) set(change func()) {
	k.mu.Lock()
	defer k.mu.Unlock()
	change()
}

// safeBuffer is written and read by several goroutines.
type safeBuffer struct {
	mu sync.Mutex
	b  bytes.Buffer
}

func (s *safeBuffer) Write(p []byte) (int, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.Write(p)
}

func (s *safeBuffer) String() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.b.String()
}

var errPlain = errors.New("some failure")
