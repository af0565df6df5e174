package reference

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"time"
)

// Options say how the node is to run.
type Options struct {
	// Addr is the loopback address for CQL and internode traffic; default 127.0.0.101.
	Addr string
	// DataDir holds data, log and configuration; the caller removes it.
	DataDir string
	// Heap is Java's heap, as -Xmx takes it; default 1024M.
	Heap string
	// CommitLogSync is periodic (the default) or batch.
	CommitLogSync string
	// Seed is the address of a node to join; default: this node forms a cluster of its own.
	Seed string
	// Yaml holds further lines for cassandra.yaml.
	Yaml string
	// Java are further options for java, such as -Dcassandra.test.flush_local_schema_changes=false, which makes schema changes quick.
	Java []string
}

// Node is a running Cassandra.
type Node struct {
	Addr string // host:port of CQL
	Pid  int
	Log  string // file
	cmd  *exec.Cmd
	done chan error
}

// Start runs a node and returns when it answers on its CQL port. The process ends with Stop or with ctx.
func Start(ctx context.Context, o Options) (*Node, error) {
	if o.Addr == "" {
		o.Addr = "127.0.0.101"
	}
	if o.Seed == "" {
		o.Seed = o.Addr
	}
	if o.Heap == "" {
		o.Heap = "1024M"
	}
	jars, err := Jars(ctx)
	if err != nil {
		return nil, err
	}
	if err := writeConf(o); err != nil {
		return nil, err
	}
	n := &Node{Addr: o.Addr + ":9042", Log: filepath.Join(o.DataDir, "log"), done: make(chan error, 1)}
	log, err := os.Create(n.Log)
	if err != nil {
		return nil, err
	}
	defer log.Close()
	n.cmd = exec.CommandContext(ctx, "java", javaArgs(o, jars)...)
	n.cmd.Stdout, n.cmd.Stderr = log, log
	if err := n.cmd.Start(); err != nil {
		return nil, fmt.Errorf("start java: %w", err)
	}
	n.Pid = n.cmd.Process.Pid
	go func() { n.done <- n.cmd.Wait() }()
	return n, n.awaitCQL(ctx)
}

// awaitCQL polls the port: a foreign process has no event to wait for.
func (n *Node) awaitCQL(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Minute)
	defer cancel()
	tick := time.NewTicker(200 * time.Millisecond)
	defer tick.Stop()
	for {
		if c, err := net.DialTimeout("tcp", n.Addr, time.Second); err == nil {
			return c.Close()
		}
		select {
		case err := <-n.done:
			n.done <- err
			return fmt.Errorf("cassandra ended before it listened (%w); see %s", err, n.Log)
		case <-ctx.Done():
			return fmt.Errorf("cassandra did not listen on %s: %w; see %s", n.Addr, ctx.Err(), n.Log)
		case <-tick.C:
		}
	}
}

// Stop ends the process and waits for it.
func (n *Node) Stop() error {
	if err := n.cmd.Process.Kill(); err != nil && err != os.ErrProcessDone {
		return err
	}
	<-n.done
	return nil
}

func writeConf(o Options) error {
	sync := "commitlog_sync: periodic\ncommitlog_sync_period: 10000ms\n"
	if o.CommitLogSync == "batch" {
		sync = "commitlog_sync: batch\n"
	}
	conf := filepath.Join(o.DataDir, "conf")
	if err := os.MkdirAll(conf, 0o755); err != nil {
		return err
	}
	yaml := fmt.Sprintf(`cluster_name: reference
num_tokens: 16
allocate_tokens_for_local_replication_factor: 3
partitioner: org.apache.cassandra.dht.Murmur3Partitioner
data_file_directories: [%[1]s/data]
commitlog_directory: %[1]s/commitlog
saved_caches_directory: %[1]s/saved_caches
hints_directory: %[1]s/hints
cdc_raw_directory: %[1]s/cdc_raw
seed_provider:
  - class_name: org.apache.cassandra.locator.SimpleSeedProvider
    parameters: [{seeds: "%[5]s"}]
listen_address: %[2]s
rpc_address: %[2]s
start_native_transport: true
native_transport_port: 9042
endpoint_snitch: SimpleSnitch
authenticator: AllowAllAuthenticator
authorizer: AllowAllAuthorizer
user_defined_functions_enabled: true
materialized_views_enabled: true
sasi_indexes_enabled: true
disk_optimization_strategy: ssd
%[3]s%[4]s
`, o.DataDir, o.Addr, sync, o.Yaml, o.Seed)
	if err := os.WriteFile(filepath.Join(conf, "cassandra.yaml"), []byte(yaml), 0o644); err != nil {
		return err
	}
	const logback = `<configuration><appender name="O" class="ch.qos.logback.core.ConsoleAppender"><encoder>` +
		`<pattern>%-5level %date{ISO8601} %msg%n</pattern></encoder></appender><root level="INFO"><appender-ref ref="O"/></root></configuration>`
	return os.WriteFile(filepath.Join(conf, "logback.xml"), []byte(logback), 0o644)
}

// exports and opens are the module openings that Cassandra 5 needs on Java 17.
var (
	exports = strings.Fields(`java.base/jdk.internal.misc java.base/jdk.internal.ref java.base/sun.nio.ch
		java.management.rmi/com.sun.jmx.remote.internal.rmi java.rmi/java.rmi.registry java.rmi/sun.rmi.registry
		java.rmi/sun.rmi.server java.sql/java.sql`)
	opens = strings.Fields(`java.base/java.io java.base/java.lang java.base/java.lang.module java.base/java.lang.reflect
		java.base/java.math java.base/java.net java.base/java.nio java.base/java.util java.base/java.util.concurrent
		java.base/java.util.concurrent.atomic java.base/jdk.internal.loader java.base/jdk.internal.math
		java.base/jdk.internal.module java.base/jdk.internal.ref java.base/jdk.internal.reflect java.base/jdk.internal.util
		java.base/jdk.internal.util.jar java.base/jdk.internal.vm java.base/sun.nio.ch java.base/sun.nio.fs
		jdk.management/com.sun.management.internal`)
)

func javaArgs(o Options, jars string) []string {
	conf := filepath.Join(o.DataDir, "conf")
	args := []string{"-javaagent:" + filepath.Join(jars, "jamm-"+jammVersion+".jar"), "-Xms" + o.Heap, "-Xmx" + o.Heap, "-Xss256k", "-XX:+UseG1GC"}
	for _, e := range exports {
		args = append(args, "--add-exports", e+"=ALL-UNNAMED")
	}
	for _, e := range opens {
		args = append(args, "--add-opens", e+"=ALL-UNNAMED")
	}
	joining := []string{"-Dcassandra.skip_wait_for_gossip_to_settle=0", "-Dcassandra.ring_delay_ms=1000"}
	if o.Seed != o.Addr { // it must have heard of every other node before it takes its part of the ring
		joining = []string{"-Dcassandra.ring_delay_ms=10000", "-Dcassandra.consistent.rangemovement=false"}
	}
	return append(append(append(args, joining...), o.Java...),
		"-Djdk.attach.allowAttachSelf=true", "-Dcassandra-foreground=yes", "-Dcassandra.storagedir="+o.DataDir,
		"-Dcassandra.config=file://"+filepath.Join(conf, "cassandra.yaml"), "-Dlogback.configurationFile="+filepath.Join(conf, "logback.xml"),
		"-Dio.netty.tryReflectionSetAccessible=true",
		"-Djava.awt.headless=true", "-cp", conf+string(os.PathListSeparator)+filepath.Join(jars, "*"), "org.apache.cassandra.service.CassandraDaemon")
}
