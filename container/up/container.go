package up

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"path"
	"strconv"
	"strings"
)

// Labels of containers, volumes and the network of a cluster.
const (
	labelCluster  = "helenus.cluster"
	labelNode     = "helenus.node"
	labelSettings = "helenus.settings"
	labelRevision = "helenus.revision" // of a container: changes with all that it was made of
)

// container is what a node's container is made of.
type container struct {
	Name        string
	Image       string
	Command     []string // empty: the image's
	Environment []string
	Health      []string
	Memory      int64
	Published   string // ADDRESS:PORT of its CQL port on the host; empty: none
	Data        string // volume, or directory of the host
	DataPath    string // where that is in the container
	Network     string
	Aliases     []string
}

func nodeName(cluster string, node int) string { return cluster + "-" + strconv.Itoa(node) }

// nodeContainer is the container of a node. Nothing but the arguments decides.
func nodeContainer(cluster string, node int, s *Settings) container {
	d := databases[s.Engine]
	c := container{
		Name: nodeName(cluster, node), Image: s.Image, Memory: s.Memory, Health: d.ready,
		Data: nodeName(cluster, node), DataPath: d.dataPath, Network: cluster, Aliases: []string{cluster},
	}
	if s.Data != Volumes {
		c.Data = strings.TrimSuffix(s.Data, "/") + "/" + c.Name
		if path.IsAbs(s.Data) {
			c.Data = path.Join(s.Data, c.Name)
		}
	}
	if node <= len(s.Ports) {
		c.Published = s.Ports[node-1]
	}
	if d.environment != nil {
		c.Environment = d.environment(cluster, s)
	}
	if d.command != nil {
		c.Command = d.command(cluster, s)
	}
	return c
}

// revision is equal for equal containers.
func (c container) revision() string {
	raw, err := json.Marshal(c)
	if err != nil {
		panic(err) // strings and numbers
	}
	sum := sha256.Sum256(raw)
	return hex.EncodeToString(sum[:6])
}

// labels of a node's volume, and of its container, which has its revision too.
func labels(cluster string, node int, s *Settings) map[string]string {
	l := map[string]string{labelCluster: cluster, labelSettings: s.label()}
	if node > 0 {
		l[labelNode] = strconv.Itoa(node)
	}
	return l
}
