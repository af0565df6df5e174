//go:build linux

package main

import (
	"bufio"
	"context"
	"fmt"
	"net/netip"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"

	"helenus/internal/platform"
	"helenus/internal/protocol"
	"helenus/internal/transport"
	"helenus/test/server"
)

// startHelenus starts the real binary.
func startHelenus(ctx context.Context, dir, mode, host string, more ...string) (*target, error) {
	binary, err := server.Binary()
	if err != nil {
		return nil, err
	}
	args := []string{"start", "--data", filepath.Join(dir, mode+host), "--listen", host, "--commitlog-sync", mode, "--memory", "2GiB"}
	args = append(args, more...)
	return startProcess(ctx, "helenus ("+mode+")", host, binary, args)
}

func startNull(ctx context.Context, host string) (*target, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	return startProcess(ctx, "limit: answers only", host, self, []string{"-serve-null", hostPort(host)})
}

// startProcess runs a server and waits for the line that says it is up.
func startProcess(ctx context.Context, name, host, program string, args []string) (*target, error) {
	cmd := exec.CommandContext(ctx, program, args...)
	cmd.Stderr = os.Stderr
	out, err := cmd.StdoutPipe()
	if err != nil {
		return nil, err
	}
	if err := cmd.Start(); err != nil {
		return nil, err
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() {
		if strings.Contains(lines.Text(), "Startup complete") {
			go func() {
				for lines.Scan() {
				}
			}()
			stop := func() error {
				if err := cmd.Process.Kill(); err != nil {
					return err
				}
				_ = cmd.Wait() // killed
				return nil
			}
			return &target{name: name, addrs: []string{hostPort(host)}, pids: []int{cmd.Process.Pid}, stop: stop}, nil
		}
	}
	return nil, fmt.Errorf("%s ended before it was ready: %w", name, cmd.Wait())
}

// serveNull answers every EXECUTE at once: the cost of the protocol without any database.
func serveNull(ctx context.Context, addr string) error {
	s, err := transport.Listen(ctx, transport.Options{Network: platform.SystemNetwork{}, Address: addr, Handler: nullHandler{}})
	if err != nil {
		return err
	}
	s.Serve()
	fmt.Println("Startup complete")
	<-ctx.Done()
	return s.Drain(context.Background())
}

type nullHandler struct{}

func (nullHandler) Connect(netip.AddrPort, protocol.Version, map[string]string) transport.Session {
	return nullSession{}
}

type nullSession struct{}

func (nullSession) Heavy(protocol.Opcode, []byte) bool { return false }
func (nullSession) Short(protocol.Opcode, []byte) bool { return true }
func (nullSession) Close()                             {}

// nullRow is a page of one row as the table's SELECT gives it.
var nullRow = func() []byte {
	m := protocol.Metadata{Columns: make([]protocol.Column, columns), Skip: true}
	body, at := protocol.AppendRowsHeader(nil, &m)
	for range columns {
		body = protocol.AppendBytes(body, make([]byte, columnBytes))
	}
	protocol.PatchRowCount(body, at, 1)
	return body
}()

func (nullSession) Handle(_ context.Context, req *transport.Request, resp *transport.Response) {
	switch {
	case req.Opcode == protocol.OpPrepare:
		id := []byte("0123456789abcdef")
		resp.Body = protocol.AppendPrepared(resp.Body, &protocol.Prepared{ID: id, ResultID: id}, req.Version)
	case req.Opcode == protocol.OpExecute && len(req.Body) < 100:
		resp.Body = append(resp.Body, nullRow...)
	default:
		resp.Body = protocol.AppendVoid(resp.Body)
	}
}

// cpuOf is the CPU time of several processes, in seconds.
func cpuOf(pids []int) (sum float64, err error) {
	for _, pid := range pids {
		s, err := cpuSeconds(pid)
		if err != nil {
			return 0, err
		}
		sum += s
	}
	return sum, nil
}

// cpuSeconds is the CPU time that a process has used so far.
func cpuSeconds(pid int) (float64, error) {
	raw, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	if err != nil {
		return 0, err
	}
	fields := strings.Fields(string(raw[strings.LastIndexByte(string(raw), ')')+1:]))
	user, err1 := strconv.ParseFloat(fields[11], 64)
	system, err2 := strconv.ParseFloat(fields[12], 64)
	if err1 != nil || err2 != nil {
		return 0, fmt.Errorf("/proc/%d/stat is not understood", pid)
	}
	const ticks = 100 // USER_HZ
	return (user + system) / ticks, nil
}
