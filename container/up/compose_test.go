package up

import (
	"bytes"
	"errors"
	"flag"
	"os"
	"path/filepath"
	"testing"

	"helenus/container/image"
)

var rewrite = flag.Bool("rewrite-compose", false, "write the compose files anew")

// TestCompose holds the printed files against those in testdata, which are read when they change. test/docker runs them.
func TestCompose(t *testing.T) {
	noProgram := func() (*image.Program, error) { return nil, errors.New("no program is needed when the image is named") }
	memory := int64(1 << 30)
	for name, o := range map[string]Options{
		"helenus.yaml":   {Name: "helenus", Nodes: 2, Image: "cassandra"},
		"cassandra.yaml": {Name: "other", Nodes: 3, Engine: Cassandra, Memory: &memory, Ports: []string{"0.0.0.0:9042", "127.0.0.1:9043"}},
		"scylla.yaml":    {Name: "one", Nodes: 1, Engine: Scylla, Data: "/srv/one", Ports: []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			var got bytes.Buffer
			if err := Compose(&got, o, noProgram); err != nil {
				t.Fatal(err)
			}
			file := filepath.Join("testdata", name)
			if *rewrite {
				if err := os.WriteFile(file, got.Bytes(), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			if !bytes.Equal(got.Bytes(), want) {
				t.Errorf("got\n%s\nwant %s\n%s", got.Bytes(), file, want)
			}
		})
	}
}
