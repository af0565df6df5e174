package schema

import (
	"maps"
	"slices"
	"strconv"
	"strings"

	"helenus/internal/cassandra"
)

const compressPackage = "org.apache.cassandra.io.compress."

var compressors = []string{"DeflateCompressor", "LZ4Compressor", "NoopCompressor", "SnappyCompressor", "ZstdCompressor"}

// checkCompression checks a compression map and returns it as it is kept: the class by its full name, the chunk length
// filled in; {'enabled': 'false'} for none.
func checkCompression(m map[string]string) (map[string]string, error) {
	if strings.EqualFold(m["enabled"], "false") {
		if _, ok := m["class"]; ok {
			return nil, cassandra.Configf("The 'class' option must not be specified when compression is disabled") // with 'enabled'
		}
		return map[string]string{"enabled": "false"}, nil
	}
	if len(m) == 0 || m["class"] == "" && has(m, "class") {
		return map[string]string{"enabled": "false"}, nil
	}
	class, ok := m["class"]
	if !ok {
		return nil, cassandra.Configf("Missing sub-option 'class' for the 'compression' option.")
	}
	short := strings.TrimPrefix(class, compressPackage)
	if !slices.Contains(compressors, short) {
		if !strings.Contains(class, ".") {
			class = compressPackage + class
		}
		return nil, cassandra.Configf("Could not create Compression for type %s", class)
	}
	out := maps.Clone(m)
	out["class"] = compressPackage + short
	delete(out, "enabled")
	if length, ok := out["chunk_length_kb"]; ok {
		delete(out, "chunk_length_kb")
		out["chunk_length_in_kb"] = length
	}
	if !has(out, "chunk_length_in_kb") {
		out["chunk_length_in_kb"] = "16"
	}
	n, err := strconv.Atoi(out["chunk_length_in_kb"])
	switch {
	case err != nil:
		return nil, cassandra.Configf("Invalid value for chunk_length_in_kb")
	case n <= 0:
		return nil, cassandra.Configf("Invalid negative or null chunk_length_in_kb")
	case n&(n-1) != 0:
		return nil, cassandra.Configf("chunk_length_in_kb must be a power of 2")
	}
	for _, name := range slices.Sorted(maps.Keys(out)) {
		switch name {
		case "class", "chunk_length_in_kb", "min_compress_ratio", "crc_check_chance", "compression_level", "lz4_compressor_type", "lz4_high_compressor_level":
		default:
			return nil, cassandra.Configf("Unknown compression options %s", name)
		}
	}
	return out, nil
}

func has(m map[string]string, name string) bool {
	_, ok := m[name]
	return ok
}
