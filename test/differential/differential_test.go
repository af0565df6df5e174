package differential

import (
	"context"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"sort"
	"strings"
	"testing"

	"helenus/test/golden"
	"helenus/test/reference"
	"helenus/test/server"
)

var (
	seeds      = flag.Int("seeds", 0, "how many seeds to run against the real Cassandra; 0: none, which needs no Java")
	from       = flag.Uint64("from", 1, "the first seed")
	statements = flag.Int("statements", 150, "statements of a seed, besides those that make types and tables")
	realAddr   = flag.String("reference", "", "host:port of a running Cassandra; default: one of the test's own")
	oursAddr   = flag.String("server", "", "host:port of a running Helenus; default: one of the test's own")
	tries      = flag.Int("tries", 150, "how many scripts may be tried to shrink one difference")
	texts      = flag.Bool("texts", true, "compare the texts of errors, too")
	shrinking  = flag.Bool("shrink", true, "shrink what differs")
	derived    = flag.Bool("derived", false, "other scripts, with indexes and materialized views")
	only       = flag.String("only", "", "a regular expression: report differences with such signatures only")
	outDir     = flag.String("out", "", "a directory for the minimal scripts")
)

func TestMain(m *testing.M) {
	flag.Parse()
	code := m.Run()
	server.RemoveBinary()
	os.Exit(code)
}

// TestGenerator holds what needs no server: a seed is the same script for ever, and a script is read back as the statements it is made of.
func TestGenerator(t *testing.T) {
	for seed := range uint64(20) {
		list := generate(seed, 60, seed >= 10)
		text := script(list)
		if script(generate(seed, 60, seed >= 10)) != text {
			t.Fatalf("seed %d gives another script the second time", seed)
		}
		read, err := golden.Split(text)
		if err != nil || len(read) != len(list) {
			t.Fatalf("seed %d: %d statements read back as %d: %v", seed, len(list), len(read), err)
		}
		for i, s := range list {
			g := s.golden(0)
			if strings.TrimSpace(read[i].CQL) != strings.TrimSpace(strings.ReplaceAll(g.CQL, "\n", " ")) || read[i].Directives["bind"] != g.Directives["bind"] {
				t.Fatalf("seed %d: %q is read back as %q", seed, g.CQL, read[i].CQL)
			}
			for _, v := range variants(s) {
				v.golden(0)
			}
		}
	}
}

// TestDiverges holds after which answers a seed ends: the two servers may hold other data.
func TestDiverges(t *testing.T) {
	failed := func(code string) answer { return answer{Outcome: golden.Outcome{Error: &golden.Failure{Code: code}}} }
	done := answer{Outcome: golden.Outcome{Void: true}}
	write, read := &statement{template: "BEGIN UNLOGGED BATCH APPLY BATCH"}, &statement{template: "SELECT * FROM t0"}
	for _, c := range []struct {
		name      string
		s         *statement
		want, got answer
		diverges  bool
	}{
		{"both took it", write, done, done, false},
		{"refused", write, done, failed("0x2200"), true},
		{"accepted", write, failed("0x2200"), done, true},
		{"both refused it before anything was written", write, failed("0x2000"), failed("0x2200"), false},
		{"written in part", write, failed("0x1500"), failed("0x2200"), true},
		{"perhaps written", write, failed("0x1100"), failed("0x2200"), true},
		{"a read", read, failed("0x2200"), done, false},
	} {
		if got := diverges(difference(c.want, c.got, false), c.s, c.want, c.got); got != c.diverges {
			t.Errorf("%s: %v", c.name, got)
		}
	}
}

// TestAgainstCassandra runs random scripts on the real server and on Helenus.
func TestAgainstCassandra(t *testing.T) {
	if *seeds == 0 {
		t.Skip("asks the real Cassandra: -seeds=N")
	}
	p := &pair{real: side{addr: *realAddr}, ours: side{addr: *oursAddr}}
	if p.real.addr == "" {
		p.real.addr = startCassandra(t)
	}
	if p.ours.addr == "" {
		p.ours.addr = server.Start(t, server.Options{Args: []string{"--materialized-views"}}).Addr
	}
	r := &report{found: map[string]*finding{}, excused: map[string]int{}}
	for seed := *from; seed < *from+uint64(*seeds); seed++ {
		if err := r.seed(t.Context(), p, seed); err != nil {
			t.Fatalf("seed %d: %v", seed, err)
		}
	}
	if err := p.close(); err != nil {
		t.Error(err)
	}
	t.Log(r.summary())
	for _, f := range r.sorted() {
		if !*shrinking {
			f.list = f.list[len(f.list)-1:]
		}
		t.Errorf("%d times, first in seed %d: %s\n%s-- Cassandra: %.700s\n-- Helenus:   %.700s", f.times, f.seed, f.sign, script(f.list), f.want, f.got)
	}
	if *outDir != "" {
		for i, f := range r.sorted() {
			text := fmt.Sprintf("-- %s\n%s-- Cassandra: %s\n-- Helenus:   %s\n", f.sign, script(f.list), f.want, f.got)
			if err := os.WriteFile(filepath.Join(*outDir, fmt.Sprintf("%03d.cql", i)), []byte(text), 0o644); err != nil {
				t.Error(err)
			}
		}
	}
}

// patient has Cassandra take its time, on a machine that is busy.
const patient = `auto_snapshot: false
materialized_views_enabled: true
read_request_timeout: 60s
range_request_timeout: 60s
write_request_timeout: 60s
counter_write_request_timeout: 60s
cas_contention_timeout: 60s
truncate_request_timeout: 60s
request_timeout: 60s
`

// startCassandra starts the real server with a small heap and quick schema changes.
func startCassandra(t *testing.T) string {
	n, err := reference.Start(context.Background(), reference.Options{
		Addr: server.FreeHost(), DataDir: t.TempDir(), Heap: "1024M", Yaml: patient, Java: []string{"-Dcassandra.test.flush_local_schema_changes=false"},
	})
	if n != nil {
		t.Cleanup(func() {
			if err := n.Stop(); err != nil {
				t.Error(err)
			}
		})
	}
	if err != nil {
		t.Fatal(err)
	}
	return n.Addr
}

// finding is a difference, shrunk.
type finding struct {
	sign      string
	seed      uint64
	times     int
	list      []*statement
	want, got answer
}

type report struct {
	found                map[string]*finding
	excused              map[string]int
	seeds, asked, errors int
	differing, cutShort  int
}

// seed runs one seed's script. After a write that differs the two are no longer in the same state, so the seed ends.
func (r *report) seed(ctx context.Context, p *pair, seed uint64) error {
	if err := p.begin(ctx); err != nil {
		return err
	}
	list := generate(seed, *statements, *derived)
	text := script(list)
	r.seeds++
	var fresh []*finding
	for i, s := range list {
		want, got := p.ask(ctx, text, s)
		r.asked++
		if want.Error != nil {
			r.errors++
		}
		how := difference(want, got, s.mask != "")
		if how == "" || how == "text" && !*texts {
			continue
		}
		if reason := excuse(s, want, got); reason != "" {
			r.excused[reason]++
		} else {
			r.differing++
			sign := signature(how, s, want, got)
			if how == "rows" {
				sign = fmt.Sprintf("%s (seed %d)", sign, seed) // nothing else tells one from another
			}
			if !regexp.MustCompile(*only).MatchString(sign) {
				continue
			}
			f := r.found[sign]
			if f == nil {
				f = &finding{sign: sign, seed: seed, list: list[:i+1], want: want, got: got}
				r.found[sign] = f
				fresh = append(fresh, f)
			}
			f.times++
		}
		if diverges(how, s, want, got) {
			r.cutShort++
			break
		}
	}
	for _, f := range fresh {
		if !*shrinking {
			continue
		}
		sh := &shrinker{pair: p, list: f.list, sign: f.sign, tries: *tries}
		if err := sh.shrink(ctx); err != nil {
			return err
		}
		f.list = sh.list
		fmt.Printf("seed %d: %s\n%s-- Cassandra: %.500s\n-- Helenus:   %.500s\n\n", f.seed, f.sign, script(f.list), f.want, f.got)
	}
	return nil
}

func (r *report) sorted() []*finding {
	var out []*finding
	for _, f := range r.found {
		out = append(out, f)
	}
	sort.Slice(out, func(i, j int) bool {
		return out[i].times > out[j].times || out[i].times == out[j].times && out[i].sign < out[j].sign
	})
	return out
}

func (r *report) summary() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%d seeds from %d, %d statements, %d of them errors; %d differed in %d ways; %d seeds were cut short", r.seeds, *from, r.asked, r.errors, r.differing, len(r.found), r.cutShort)
	for _, what := range avoided {
		fmt.Fprintf(&b, "\nnever asked: %s", what)
	}
	for reason, n := range r.excused {
		fmt.Fprintf(&b, "\nexcused %d times: %s", n, reason)
	}
	return b.String()
}
