//go:build linux

package userland

import (
	"context"
	"fmt"
	"maps"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// TestMain makes the test's own program the one that children are started from, as in the image.
func TestMain(m *testing.M) {
	if Has(filepath.Base(os.Args[0])) {
		os.Exit(Main(os.Args))
	}
	os.Exit(m.Run())
}

// sh runs a script in an empty directory whose PATH has nothing, and returns output, errors and status.
func sh(t *testing.T, dir, script, stdin string) (string, string, int) {
	t.Helper()
	var streams [2]*os.File // as children inherit them
	for i := range streams {
		var err error
		if streams[i], err = os.CreateTemp(t.TempDir(), "out"); err != nil {
			t.Fatal(err)
		}
		defer streams[i].Close()
	}
	// GORACE: else a child under the race detector takes a second to end.
	env := []string{"PATH=/nowhere", "HOME=/root", "A=env", "GORACE=atexit_sleep_ms=0"}
	c := &Call{Name: "bash", In: strings.NewReader(stdin), Out: streams[0], Err: streams[1], Env: env, Dir: dir}
	code := c.here(t.Context(), []string{"bash", "-c", script})
	var texts [2]string
	for i, f := range streams {
		raw, err := os.ReadFile(f.Name())
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(raw)
	}
	return texts[0], texts[1], code
}

// TestSnippets runs what scripts, compose files and health checks contain.
func TestSnippets(t *testing.T) {
	for _, test := range []struct {
		script, stdin, want string
		code                int
	}{
		// the shell
		{`echo $((1+2)) "${A}" ${B:-none}`, "", "3 env none\n", 0},
		{`for i in 1 2 3; do [ $i = 2 ] && continue; printf '%s;' $i; done`, "", "1;3;", 0},
		{`until [ "${n:=0}" -ge 3 ]; do n=$((n+1)); done; echo $n`, "", "3\n", 0},
		{`f() { echo "f:$1"; }; f x; exec echo last; echo never`, "", "f:x\nlast\n", 0},
		{`if [ -z "$(ls -A .)" ]; then echo empty; fi && echo next`, "", "empty\nnext\n", 0},
		{`echo a > f; echo b >> f; cat < f; cat f | wc -l`, "", "a\nb\n2\n", 0},
		{`echo x >| f && cat f`, "", "x\n", 0},
		{`cat <<EOF
a $A
EOF`, "", "a env\n", 0},
		{`false || echo no; true && echo yes; ! true; echo $?`, "", "no\nyes\n1\n", 0},
		{`nosuchcommand`, "", "", 127},
		{`exit 7`, "", "", 7},
		{`(exit 3); echo $?; bash -c 'exit 4'; echo $?`, "", "3\n4\n", 0},
		{`exec 3> f; echo three >&3; exec 3>&-; cat f`, "", "three\n", 0},
		{`echo hi 3>&1 >&3`, "", "hi\n", 0},
		{`while read -r a b; do echo "$b $a"; done`, "1 2\n3 4\n", "2 1\n4 3\n", 0},
		{`(sleep 0.01; echo late) & echo early; wait`, "", "early\nlate\n", 0},
		{`sh -c 'exit 3' & p=$!; kill -0 $p && echo lives; wait $p; echo $?`, "", "lives\n3\n", 0},
		{`sleep 60 & kill $!; wait $!; echo $?`, "", "143\n", 0},
		{`sleep 0.01 & sh -c 'exit 9' & wait; echo $?`, "", "0\n", 0},
		{`trap 'echo bye' EXIT; echo hi`, "", "hi\nbye\n", 0},
		{`sh -c 'trap "echo caught; exit 7" TERM; kill $$; echo never'; echo $?`, "", "caught\n7\n", 0},
		{`sh -c 'trap "kill \$p; wait \$p; exit 5" TERM; sleep 60 & p=$!; (sleep 0.1; kill $$) 2>/dev/null; wait $p'; echo $?`, "", "5\n", 0},
		{`sh -c 'kill $$; echo never'; echo $?`, "", "143\n", 0},
		{`set -e; false; echo never`, "", "", 1},
		{`set -- a b c; shift; echo $# "$@"`, "", "2 b c\n", 0},
		{`case cassandra in c*) echo c;; *) echo other;; esac`, "", "c\n", 0},
		{`a=(x y z); echo ${#a[@]} ${a[1]}; [[ abc =~ b. ]] && echo match`, "", "3 y\nmatch\n", 0},
		{`diff() { echo own; }; diff`, "", "own\n", 0},
		{`command -v sleep >/dev/null || echo none`, "", "none\n", 0}, // no PATH has it
		{`bash -c 'echo $0 $1' zero one`, "", "zero one\n", 0},
		{`echo 'echo from $1' > s.sh; bash s.sh script; sh s.sh again`, "", "from script\nfrom again\n", 0},
		{`echo 'X=5' > v; . ./v; echo $X`, "", "5\n", 0},
		{`env -i Z=1 env`, "", "Z=1\n", 0},
		{`umask 022; umask; kill -l | cut -d' ' -f15`, "", "0022\nTERM\n", 0},
		// text
		{`grep -c a`, "a\nb\nab\n", "2\n", 0},
		{`grep -E '^UN|^UJ'`, "UN 1\nDN 2\nUJ 3\n", "UN 1\nUJ 3\n", 0},
		{`grep -q x`, "y\n", "", 1},
		{`grep -qi X && echo found`, "x\n", "found\n", 0},
		{`grep -o '[0-9]\+' | sort -n | tail -1`, "a10b9\nc100\n", "100\n", 0},
		{`grep -n -A1 b; grep -v . nofile`, "a\nb\nc\n", "2:b\n3-c\n", 2},
		{`grep -rl two . | sort; grep -w one f`, "", "", 2},
		{`grep -F 'a.b'`, "axb\na.b\n", "a.b\n", 0},
		{`grep 'a\(b\|c\)\{2\}$'`, "abc\nabcd\nacb\n", "abc\nacb\n", 0},
		{`sed -n '2p;$p'`, "1\n2\n3\n", "2\n3\n", 0},
		{`sed 's/a/b/2g; s|/x|/y|; s/\(.\)$/[\1]/'`, "aaa/x\n", "abb/[y]\n", 0},
		{`sed -E 's/([a-z]+)=([0-9]+)/\2 is \U\1/'`, "port=9042\n", "9042 is PORT\n", 0},
		{`sed -e '/^#/d' -e '/^$/d'`, "#c\n\nkept\n", "kept\n", 0},
		{`printf 'cluster_name: x\n# num_tokens: 16\n' > y; sed -ri 's/^(# )?(num_tokens:).*/\2 8/' y; cat y`, "", "cluster_name: x\nnum_tokens: 8\n", 0},
		{`sed '/b/,/c/d'`, "a\nb\nx\nc\nd\n", "a\nd\n", 0},
		{`sed '1!G;h;$!d'`, "1\n2\n3\n", "3\n2\n1\n", 0},
		{`sed ':a;N;$!ba;s/\n/,/g'`, "a\nb\nc\n", "a,b,c\n", 0},
		{`sed '2i\before' | sed '$a after'; printf 'q\n' | sed 2q`, "1\n2\n", "1\nbefore\n2\nafter\nq\n", 0},
		{`awk '{print $2}'`, "a b c\nd  e\n", "b\ne\n", 0},
		{`awk -F: -v n=2 'NR==n {print $1, NF; exit 3}'`, "a:b\nc:d:e\n", "c 3\n", 3},
		{`awk '/^UN/ {n++} END {print n+0}'`, "UN 1\nDN 2\nUN 3\n", "2\n", 0},
		{`awk 'BEGIN {printf "%5.2f|%-4s|%03d\n", 3.14159, "ab", 7}'`, "", " 3.14|ab  |007\n", 0},
		{`awk '{a[$1] += $2} END {for (k in a) print k, a[k]}'`, "x 1\ny 2\nx 3\n", "x 4\ny 2\n", 0},
		{`awk 'function f(n) { return n < 2 ? n : f(n-1) + f(n-2) } BEGIN {print f(15)}'`, "", "610\n", 0},
		{`awk '{gsub(/[0-9]+/, "<&>"); print toupper($0), length($1), substr($2, 2)}'`, "a1 b22\n", "A<1> B<22> 4 <22>\n", 0},
		{`awk 'BEGIN { while (("echo a; echo b" | getline l) > 0) print "got " l; "date -u -d @0 +%Y" | getline y; print y }'`, "", "got a\ngot b\n1970\n", 0},
		{`awk 'BEGIN { n = split("a,b,c", p, ","); i = 0; do print i, p[++i]; while (i < n); print (2 in p), !(9 in p) }'`, "", "0 a\n1 b\n2 c\n1 1\n", 0},
		{`awk '$1 > 5 && $2 !~ /x/ {$1 = "big"; print}' OFS=-`, "10 y z\n3 y z\n9 x z\n", "big-y-z\n", 0},
		{`awk '{print | "sort"} END {close("sort"); print "end"}'`, "b\na\n", "a\nb\nend\n", 0},
		{`awk 'BEGIN { x["a"]; delete x["a"]; print length(x) "" 1e6 " " 0.1+0.2 " " 2^10 }'`, "", "01000000 0.3 1024\n", 0},
		{`cut -d= -f2-; cut -c1-3 <<< abcdef`, "k=v=w\n", "v=w\nabc\n", 0},
		{`sort -t, -k2,2n -k1,1r`, "a,2\nb,1\nc,2\n", "b,1\nc,2\na,2\n", 0},
		{`sort | uniq -c | sort -rn | head -1`, "b\na\nb\n", "      2 b\n", 0},
		{`tr 'a-z' 'A-Z' | tr -d '\n' | tr -s 'L'`, "hello\n", "HELO", 0},
		{`seq 3; seq -s, 0 5 10; head -n 2; tail -n +2 <<< $'x\ny'`, "a\nb\nc\n", "1\n2\n3\n0,5,10\na\nb\ny\n", 0},
		{`printf 'a b\nc\n' | xargs -n1 echo; echo x | xargs -I{} echo '<{}>'`, "", "a\nb\nc\n<x>\n", 0},
		{`echo text | tee f | cat - f`, "", "text\ntext\n", 0},
		{`date -u -d @0 +'%F %T %Z'; TZ=Asia/Tokyo date -d 2026-01-02T03:04:05Z -Iseconds`, "", "1970-01-01 00:00:00 UTC\n2026-01-02T12:04:05+09:00\n", 0},
		// files
		{`mkdir -p d/e; touch d/e/f; find d -type f -name 'f*'; find d -depth | wc -l; ls d; ls -d d/*`, "", "d/e/f\n3\ne\nd/e\n", 0},
		{`mkdir d; touch d/a d/b; find d -type f \! -name b -exec echo {} +; find d -name b -delete; ls d`, "", "d/a\na\n", 0},
		{`echo 1 > a; cp a b; mv b c; ln -s c l; readlink l; cat l; rm -rf a c l; ls -A`, "", "c\n1\n", 0},
		{`mkdir x; echo y > x/f; cp -a x z; cat z/f; rmdir x; echo $?; stat -c '%a %s' z/f; chmod 600 z/f; ls -l z/f | cut -c1-10`, "", "y\n1\n644 2\n-rw-------\n", 0},
		{`ls nothere`, "", "", 2},
		{`basename /a/b.cql .cql; dirname /a/b; id -u; test -f nothing; echo $?`, "", "b\n/a\n" + fmt.Sprint(os.Getuid()) + "\n1\n", 0},
		// processes
		{`timeout 0.05 sleep 5`, "", "", 124},
		{`timeout 5 bash -c 'exit 6'`, "", "", 6},
		{`timeout -s KILL 0.05 sleep 5`, "", "", 124},
		{`getent passwd root | cut -d: -f3; getent hosts localhost > /dev/null && echo ok; getent hosts no.such.invalid; echo $?`, "", "0\nok\n2\n", 0},
		{`grep --nosuch x`, "", "", 2},
	} {
		t.Run(test.script, func(t *testing.T) {
			out, errs, code := sh(t, t.TempDir(), test.script, test.stdin)
			if out != test.want || code != test.code {
				t.Errorf("status %d, output %q\nwant %d, %q\n%s", code, out, test.code, test.want, errs)
			}
		})
	}
}

// TestProbes guards the ways in which scripts ask whether a port answers.
func TestProbes(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	go func() {
		for {
			conn, err := l.Accept()
			if err != nil {
				return
			}
			fmt.Fprintln(conn, "greeting")
			conn.Close()
		}
	}()
	_, open, _ := net.SplitHostPort(l.Addr().String())
	unused, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_, shut, _ := net.SplitHostPort(unused.Addr().String())
	unused.Close()
	for _, probe := range []string{
		`cat < /dev/null > /dev/tcp/localhost/PORT`, `timeout 1 bash -c 'cat < /dev/null > /dev/tcp/localhost/PORT'`, `</dev/tcp/127.0.0.1/PORT`,
		`(echo > /dev/tcp/127.0.0.1/PORT) >/dev/null 2>&1`, `: > /dev/tcp/127.0.0.1/PORT`, `exec 3<>/dev/tcp/127.0.0.1/PORT`, `true 3<>/dev/tcp/127.0.0.1/PORT`,
		`exec 3<>/dev/tcp/127.0.0.1/PORT && read -r line <&3 && [ "$line" = greeting ]`, `nc -z 127.0.0.1 PORT`, `nc -vz -w 1 localhost PORT`, `bash -c "</dev/tcp/127.0.0.1/PORT"`,
	} {
		t.Run(probe, func(t *testing.T) {
			if _, errs, code := sh(t, t.TempDir(), strings.ReplaceAll(probe, "PORT", open), ""); code != 0 {
				t.Errorf("open port: status %d\n%s", code, errs)
			}
			if _, _, code := sh(t, t.TempDir(), strings.ReplaceAll(probe, "PORT", shut), ""); code == 0 {
				t.Error("closed port: status 0")
			}
		})
	}
}

// TestNames guards that the names of an image are the commands, but for those that concern the shell's own process.
func TestNames(t *testing.T) {
	names := slices.Collect(maps.Keys(commands))
	names = slices.DeleteFunc(names, func(name string) bool { return name == "ulimit" || name == "umask" })
	slices.Sort(names)
	if got := Names(); !slices.Equal(got, names) {
		t.Errorf("%q\nwant %q", got, names)
	}
}

// TestUsageIsWhole guards that every command explains itself.
func TestUsageIsWhole(t *testing.T) {
	for name, c := range commands {
		if c.usage != "" && !strings.HasPrefix(c.usage, name) {
			t.Errorf("usage of %s begins with %q", name, c.usage)
		}
	}
}

// TestSignalEndsShellAndChild guards that a shell which is the first process of a container passes a signal on.
func TestSignalEndsShellAndChild(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	defer cancel(nil)
	in, out, err := os.Pipe()
	if err != nil {
		t.Fatal(err)
	}
	defer in.Close()
	c := &Call{Name: "sh", Out: out, Err: os.Stderr, Env: []string{"PATH=/nowhere"}, Dir: "/"}
	ended := make(chan int)
	go func() { ended <- c.here(ctx, []string{"sh", "-c", "timeout 60 sh -c 'echo ready; sleep 60'; true"}) }()
	buffer := make([]byte, 5)
	if _, err := in.Read(buffer); err != nil {
		t.Fatal(err)
	}
	cancel(signalled(15))
	if code := <-ended; code != 143 {
		t.Errorf("status %d, want 143", code)
	}
}
