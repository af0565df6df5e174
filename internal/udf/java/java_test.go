package java

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"helenus/internal/cqltype"
)

var all = Signature{
	ArgNames: []string{"i", "s", "l"}, ArgTypes: []*cqltype.Type{cqltype.Int, cqltype.Text, cqltype.ListOf(cqltype.Int, true)}, Return: cqltype.Text, CalledOnNull: true,
}

// meter has a clock that goes on by a millisecond with each look at it, so that a slow machine changes nothing.
func meter() *Meter {
	now := time.Duration(0)
	return &Meter{BytesMax: 4 << 20, Now: func() time.Duration { now += time.Millisecond; return now }, Deadline: 4 * time.Second}
}

func values() [][]byte {
	l := cqltype.ListOf(cqltype.Int, true)
	return [][]byte{cqltype.AppendInt(nil, 7), []byte("Grüße 𝄞!"), l.Join([][]byte{cqltype.AppendInt(nil, 3), cqltype.AppendInt(nil, 1)})}
}

// TestBodies holds what the recorded answers of Cassandra do not: what it refuses for reasons of its own, and text beyond ASCII.
func TestBodies(t *testing.T) {
	for body, want := range map[string]string{
		`return s.length() + "/" + s.codePointAt(6) + "/" + new StringBuilder(s).reverse();`:                                                                                             "9/119070/!𝄞 eßürG",
		`return s.toUpperCase() + s.indexOf("ß") + s.substring(8) + s.replace('ü', 'u');`:                                                                                                "GRÜßE 𝄞!3!Gruße 𝄞!",
		`List<String> r = new ArrayList<>(); for (int x : l) r.add("n" + x); return String.join(",", r);`:                                                                                "n3,n1",
		`Map<String, Integer> m = new TreeMap<>(); m.put("b", 1); m.put("a", i); return m + "" + m.get("a");`:                                                                            "{a=7, b=1}7",
		`switch (s.substring(0, 1)) { case "G": case "H": return "greeting"; default: return "other"; }`:                                                                                 "greeting",
		`BigInteger n = BigInteger.ONE; for (int j = 1; j <= 20; j++) n = n.multiply(BigInteger.valueOf(j)); return n + "";`:                                                             "2432902008176640000",
		`BigDecimal d = new BigDecimal("10").divide(new BigDecimal("4")); return d + " " + d.setScale(0, RoundingMode.HALF_EVEN);`:                                                       "2.5 2",
		`int n = 0; try { n = l.get(5); } catch (IndexOutOfBoundsException e) { return e.getMessage(); } finally { n++; } return "" + n;`:                                                "Index 5 out of bounds for length 2",
		`for (Iterator<Integer> it = l.iterator(); it.hasNext();) if (it.next() == 3) it.remove(); return l.toString();`:                                                                 "[1]",
		`int[][] a = new int[2][3]; a[1][2] = i; long sum = 0; for (int[] row : a) for (int x : row) sum += x; return "" + sum;`:                                                         "7",
		`x: while (true) { do { if (i > 3) break x; } while (i < 0); } return "out";`:                                                                                                    "out",
		`return (Object) i instanceof Integer && !(s instanceof CharSequence) ? "a" : "b" + (char) ('a' + 1) + 1e7f + 'c';`:                                                              "bb1.0E7c",
		`final int k = 2; byte b = k; b *= 100; short h = (short) 70000; return b + " " + h + " " + (5 & 3 | 8) + " " + (-7 >>> 29) + " " + 7 % -3;`:                                     "-56 4464 9 7 1",
		`return String.format("%08.3f|%,d|%-4s|%S|%c|%x", 3.14159, 1234567, "ab", s.substring(0, 1), 'z', -1);`:                                                                          "0003.142|1,234,567|ab  |G|z|ffffffff",
		`return "a1b22".replaceAll("([0-9]+)", "<$1>") + "x.y.".split("\\.").length + "ab".matches("a.");`:                                                                               "a<1>b<22>2true",
		`Integer x = i == 7 ? null : 5; return x == null ? "null" : x.toString();`:                                                                                                       "null",
		`var r = new LinkedHashMap<String, List<Integer>>(); r.put("k", l); for (Map.Entry<String, List<Integer>> e : r.entrySet()) return e.getKey() + e.getValue().get(1); return "";`: "k1",
		`final int x = 3, y = x * 4; final String q = "k" + y; return q + x * y;`:                                                                                                        "k1236",
		`return null;`: "<null>",
	} {
		p, err := Compile(all, body)
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		got, err := p.Run(meter(), values())
		text := string(got)
		if got == nil {
			text = "<null>"
		}
		if err != nil || text != want {
			t.Errorf("%s\n got %s, %v\nwant %s", body, text, err, want)
		}
	}
}

// TestRefused: what a body can't do is said when it is compiled, with its line.
func TestRefused(t *testing.T) {
	for body, want := range map[string]string{
		"\n\nreturn s.foo();":                       "Line 3: The method foo() is undefined for the type String: it is none of those that Helenus runs",
		"int x = 1;":                                "Line 1: This method must return a result of type String",
		"return () -> 1;":                           "Line 1: Lambda expressions are not supported",
		"l.forEach(x -> x); return s;":              "Line 1: Lambda expressions are not supported",
		"return s::length;":                         "Line 1: Method references are not supported",
		"class A {} return s;":                      "Line 1: class is not supported",
		"} String g() { return s;":                  `Line 1: Syntax error on token "}", delete this token`,
		"synchronized (s) { return s; }":            "Line 1: synchronized is not supported",
		"return new java.io.File(s).toString();":    "Line 1: java.io.File cannot be resolved to a type",
		"System.exit(1); return s;":                 "Line 1: System cannot be resolved",
		"Thread t = null; return s;":                "Line 1: Thread cannot be resolved to a type",
		"return Runtime.getRuntime().toString();":   "Line 1: Runtime cannot be resolved",
		"return s.getClass().getName();":            "Line 1: The method getClass() is undefined for the type String: it is none of those that Helenus runs",
		"for (;;) { } ":                             "",
		"while (true) { } return s;":                "Line 1: Unreachable code",
		"int x; if (i > 0) x = 1; return \"\" + x;": "Line 1: The local variable x may not have been initialized",
		"String t = i; return t;":                   "Line 1: Type mismatch: cannot convert from Integer to String",
		"List<String> r = l; return s;":             "Line 1: Type mismatch: cannot convert from List<Integer> to List<String>",
		"return \"a":                                "Line 1: String literal is not properly closed by a double-quote",
		"return s; /* ":                             "Line 1: Unexpected end of comment",
		"throw new Exception(s);":                   "Line 1: Unhandled exception type Exception",
		"return new int[] {1}.length;":              "Line 1: Type mismatch: cannot convert from int to String",
		"return " + strings.Repeat("(", 300) + "s":  "Line 1: Nested deeper than 200 levels",
		strings.Repeat(" ", bodyMax+1):              fmt.Sprintf("Line 1: The body has %d bytes; %d are the most", bodyMax+1, bodyMax),
	} {
		_, err := Compile(all, body)
		got := ""
		if err != nil {
			got = err.Error()
		}
		if got != want {
			t.Errorf("%.60s\n got %s\nwant %s", body, got, want)
		}
	}
}

// TestLimits: whatever a body does, it ends in time and within its memory.
func TestLimits(t *testing.T) {
	for body, want := range map[string]error{
		`while (true) { }`: ErrTime,
		`for (;;) { try { throw new RuntimeException(); } catch (RuntimeException e) { continue; } finally { i = 1; } }`: ErrMemory,
		`int n = 0; do { n++; } while (n != -1 || true); return s;`:                                                      ErrTime,
		`String r = s; while (true) r += r;`:                                                                             ErrMemory,
		`return s.repeat(100000000);`:                                                                                    ErrMemory,
		`StringBuilder b = new StringBuilder(); while (true) b.append(s);`:                                               ErrMemory,
		`StringBuilder b = new StringBuilder(); b.setLength(2147483647); return s;`:                                      ErrMemory,
		`List<Object> r = new ArrayList<Object>(); while (true) r.add(r);`:                                               ErrMemory,
		`List r = new ArrayList(); r.add(r); return "" + r;`:                                                             ErrMemory,
		`List r = new ArrayList(); r.add(r); return "" + r.hashCode();`:                                                  ErrMemory,
		`List r = new ArrayList(); r.add(r); r.add(r); return "" + r.equals(new ArrayList(r));`:                          ErrMemory,
		`Map m = new HashMap(); int n = 0; while (true) m.put(n++, s);`:                                                  ErrMemory,
		`Set m = new TreeSet(); long n = 0; while (true) m.add(n++);`:                                                    ErrMemory,
		`int[] a = new int[2147483647]; return s;`:                                                                       ErrMemory,
		`int[][] a = new int[100000][100000]; return s;`:                                                                 ErrMemory,
		`java.nio.ByteBuffer.allocate(2147483647); return s;`:                                                            ErrMemory,
		`while (true) s.hashCode();`:                                                                                     ErrTime,
		`while (true) "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa!".matches("(a|aa)+(b|c)");`:                                        ErrMemory,
		`String r = ""; for (int n = 0; n < 200; n++) r = r.replace("", "ab"); return r;`:                                ErrMemory,
		`return String.format("%1000000000d", 5);`:                                                                       nil,
		`BigInteger n = BigInteger.TEN; while (true) n = n.multiply(n);`:                                                 nil,
		`return "" + BigInteger.TEN.pow(2147483647);`:                                                                    nil,
		`return new BigDecimal("1e2000000000").add(BigDecimal.ONE).toString();`:                                          nil,
		`return new BigDecimal("1e2000000000").toPlainString();`:                                                         ErrMemory,
		`return "" + new BigDecimal("1e-2000000000").setScale(5, RoundingMode.UP);`:                                      nil,
		`return "" + l.subList(0, 2).get(-1);`:                                                                           nil,
		`for (int x : l) l.add(x); return s;`:                                                                            nil,
	} {
		p, err := Compile(all, body)
		if err != nil {
			t.Errorf("%s: %v", body, err)
			continue
		}
		began := time.Now()
		_, err = p.Run(meter(), values())
		if took := time.Since(began); took > 5*time.Second {
			t.Errorf("%s took %s", body, took)
		}
		var thrown *Thrown
		if want == nil && !errors.As(err, &thrown) && !errors.Is(err, ErrTime) && err != nil || want != nil && !errors.Is(err, want) {
			t.Errorf("%s: got %v, want %v", body, err, want)
		}
	}
}

// FuzzCompile: no body makes the compiler or a run panic, hang or take more than its memory.
func FuzzCompile(f *testing.F) {
	for _, seed := range []string{
		`return s + i;`, `for (int x : l) { if (x > 2) continue; else break; } return "" + l.get(0);`, `try { return s.substring(9); } catch (RuntimeException e) { throw e; } finally { }`,
		`switch (i) { case 1: default: return s.repeat(3).split("a")[0]; }`, `Map<String, Integer> m = new HashMap<>(); m.put(s, i); return m.toString();`, `int[] a = {1, 2}; a[0] >>>= 3; return "" + (a[1] > 1 ? 1L : 2.0f);`,
		`return String.format("%5.2f %s", 1.5, new BigDecimal("1.25").setScale(1, RoundingMode.HALF_UP));`, `outer: while (true) { do { break outer; } while (true); } return null;`,
	} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, body string) {
		p, err := Compile(all, body)
		var refused *Error
		if err != nil {
			if !errors.As(err, &refused) || refused.Line < 1 {
				t.Fatalf("%q: %v", body, err)
			}
			return
		}
		began := time.Now()
		m := &Meter{BytesMax: 1 << 20, Now: func() time.Duration { return time.Since(began) }, Deadline: 50 * time.Millisecond}
		if _, err := p.Run(m, values()); err != nil && strings.Contains(err.Error(), "runtime error") {
			t.Fatalf("%q: %v", body, err)
		}
		if took := time.Since(began); took > 20*time.Second {
			t.Fatalf("%q took %s", body, took)
		}
	})
}
