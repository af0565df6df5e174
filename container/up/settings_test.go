package up

import (
	"slices"
	"strings"
	"testing"
)

func TestParsePorts(t *testing.T) {
	for _, test := range []struct {
		text string
		want []string
		err  string
	}{
		{"9042", []string{"127.0.0.1:9042"}, ""},
		{"0.0.0.0:9142,9043", []string{"0.0.0.0:9142", "127.0.0.1:9043"}, ""},
		{"[::1]:9042", []string{"[::1]:9042"}, ""},
		{"0", []string{}, ""},
		{"70000", nil, `"70000" is no port`},
		{"localhost:9042", nil, `"localhost:9042" is no port`},
		{"9042,", nil, `"" is no port`},
	} {
		got, err := ParsePorts(test.text)
		if !slices.Equal(got, test.want) || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %q, %v", test.text, got, err)
		}
	}
}

// TestCheck guards that all faults are said at once, with what is allowed.
func TestCheck(t *testing.T) {
	err := (&Options{Name: "Big_One", Nodes: 99, Engine: "postgres"}).Check()
	for _, want := range []string{"--name", "-n is 99", "helenus, cassandra, scylla"} {
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q is missing in %v", want, err)
		}
	}
	if err := (&Options{Name: "a-1", Nodes: 3, Engine: Scylla}).Check(); err != nil {
		t.Error(err)
	}
}

// TestSettle guards what holds: what is asked for, what the cluster has, the defaults.
func TestSettle(t *testing.T) {
	size := func(n int64) *int64 { return &n }
	had := &Settings{Engine: Helenus, Image: "old", Memory: 256 << 20, Ports: []string{"127.0.0.1:9142"}, Data: Volumes, Initial: 3}
	for _, test := range []struct {
		name    string
		options Options
		had     *Settings
		want    string // label, or a part of the error
	}{
		{"new", Options{Nodes: 3}, nil, `{"engine":"helenus","image":"","ports":["127.0.0.1:9042"],"data":"volumes","initial":3}`},
		{"Cassandra's nodes do not form a cluster together", Options{Nodes: 3, Engine: Cassandra}, nil, `{"engine":"cassandra","image":"cassandra:5.0","ports":["127.0.0.1:9042"],"data":"volumes","initial":1}`},
		{"as it is", Options{Nodes: 5}, had, had.label()},
		{"another image, no port", Options{Nodes: 3, Image: "new", Ports: []string{}}, had, `{"engine":"helenus","image":"new","memory":268435456,"ports":[],"data":"volumes","initial":3}`},
		{"no limit", Options{Nodes: 3, Memory: size(0)}, had, `{"engine":"helenus","image":"old","ports":["127.0.0.1:9142"],"data":"volumes","initial":3}`},
		{"too small", Options{Nodes: 3, Memory: size(10 << 20)}, had, "--memory is 10 MiB; helenus needs 64 MiB at least"},
		{"another engine", Options{Nodes: 3, Engine: Scylla}, had, "runs helenus"},
		{"another place", Options{Nodes: 3, Data: "/srv"}, had, "has its data in volumes, not /srv"},
		{"a directory", Options{Nodes: 1, Data: "/srv"}, nil, `{"engine":"helenus","image":"","ports":["127.0.0.1:9042"],"data":"/srv","initial":1}`},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := test.options.settle(test.had)
			if err != nil && !strings.Contains(err.Error(), test.want) || err == nil && s.label() != test.want {
				t.Errorf("%s, %v\nwant %s", s.label(), err, test.want)
			}
		})
	}
	if s := parseSettings(had.label()); s == nil || s.label() != had.label() {
		t.Errorf("%+v", s)
	}
	if s := parseSettings(`{"engine":"other"}`); s != nil {
		t.Errorf("%+v", s)
	}
}
