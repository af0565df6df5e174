package platform

import (
	"testing"
	"testing/fstest"
)

func TestGroupLimit(t *testing.T) {
	for _, test := range []struct {
		name  string
		files map[string]string
		want  int64
	}{
		{"none", map[string]string{"proc/self/cgroup": "0::/\n"}, 0},
		{"version 2, a container's own", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "67108864\n"}, 67108864},
		{"version 2 without a limit", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "max\n"}, 0},
		{"version 2, the host's groups in sight", map[string]string{
			"proc/self/cgroup": "0::/system.slice/docker-1.scope\n",
			"sys/fs/cgroup/system.slice/docker-1.scope/memory.max": "67108864\n",
		}, 67108864},
		{"version 2, lower above", map[string]string{
			"proc/self/cgroup":               "0::/a/b/c\n",
			"sys/fs/cgroup/a/b/c/memory.max": "max\n", "sys/fs/cgroup/a/b/memory.max": "1073741824\n", "sys/fs/cgroup/a/memory.max": "134217728\n",
		}, 134217728},
		{"version 2, throttled before", map[string]string{"proc/self/cgroup": "0::/\n", "sys/fs/cgroup/memory.max": "1073741824\n", "sys/fs/cgroup/memory.high": "536870912\n"}, 536870912},
		{"version 1, a path of the host's", map[string]string{
			"proc/self/cgroup":                           "4:memory:/docker/1\n0::/docker/1\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "67108864\n",
		}, 67108864},
		{"version 1, lower above", map[string]string{
			"proc/self/cgroup":                           "8:cpu,memory:/docker/1\n",
			"sys/fs/cgroup/memory/memory.limit_in_bytes": "9223372036854771712\n",
			"sys/fs/cgroup/memory/memory.stat":           "cache 0\nhierarchical_memory_limit 67108864\nhierarchical_memsw_limit 1\n",
		}, 67108864},
	} {
		t.Run(test.name, func(t *testing.T) {
			files := fstest.MapFS{}
			for name, text := range test.files {
				files[name] = &fstest.MapFile{Data: []byte(text)}
			}
			got := groupLimit(files)
			if got >= 1<<60 {
				got = 0 // what version 1 says for none; MemoryLimit compares with the machine's
			}
			if got != test.want {
				t.Errorf("%d, want %d", got, test.want)
			}
		})
	}
}
