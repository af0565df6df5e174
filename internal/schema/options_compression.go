package schema

import (
	"maps"
	"math"
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
	if enabled, ok := m["enabled"]; ok && !strings.EqualFold(enabled, "true") {
		if len(m) > 1 {
			return nil, cassandra.Configf("If the 'enabled' option is set to false no other options must be specified")
		}
		return map[string]string{"enabled": "false"}, nil
	}
	if len(m) == 0 {
		return map[string]string{"enabled": "false"}, nil
	}
	class, ok := m["class"]
	if !ok {
		return nil, cassandra.Configf("Missing sub-option 'class' for the 'compression' option.")
	}
	if class == "" {
		return nil, cassandra.Configf("The 'class' option must not be empty. To disable compression use 'enabled' : false")
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
	if length, ok := out["chunk_length_kb"]; ok && !has(out, "chunk_length_in_kb") {
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
	case n > math.MaxInt32/1024:
		return nil, cassandra.Configf("Value of chunk_length_in_kb is too large (%s)", out["chunk_length_in_kb"])
	case n <= 0:
		return nil, cassandra.Configf("Invalid negative or null chunk_length_in_kb")
	case n&(n-1) != 0:
		return nil, cassandra.Configf("chunk_length_in_kb must be a power of 2")
	}
	for _, name := range slices.Sorted(maps.Keys(out)) {
		if name == "class" || name == "chunk_length_in_kb" {
			continue
		}
		check := compressorValues[short][name]
		if name == "min_compress_ratio" {
			check = minCompressRatio
		}
		if check == nil {
			return nil, cassandra.Configf("Unknown compression options %s", name)
		}
		if err := check(out[name]); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// compressorValues are the checks of what single compressors take.
// Source: Cassandra 5.0, LZ4Compressor and ZstdCompressor.
var compressorValues = map[string]map[string]func(value string) error{
	"LZ4Compressor": {
		"lz4_compressor_type": func(value string) error {
			if value != "fast" && value != "high" {
				return cassandra.Configf("Invalid compressor type '%s' specified for LZ4 parameter 'lz4_compressor_type'. Valid options are [high, fast].", value)
			}
			return nil
		},
		"lz4_high_compressor_level": func(value string) error {
			if n, err := strconv.Atoi(value); err != nil || n < 1 || n > 17 {
				return cassandra.Configf("Invalid value [%s] for parameter 'lz4_high_compressor_level'. Value must be between 1 and 17.", value)
			}
			return nil
		},
	},
	"ZstdCompressor": {
		"compression_level": func(value string) error {
			const lowest, highest = -131072, 22
			n, err := strconv.Atoi(value)
			switch {
			case err != nil:
				return cassandra.Configf("ZstdCompressor.create() threw an error: java.lang.NumberFormatException For input string: \"%s\"", value)
			case n < lowest || n > highest:
				return cassandra.Configf("ZstdCompressor.create() threw an error: java.lang.IllegalArgumentException compression_level=%d is invalid", n)
			}
			return nil
		},
	},
}

func minCompressRatio(value string) error {
	v, err := strconv.ParseFloat(value, 64)
	switch {
	case err != nil:
		return cassandra.Configf("Invalid value '%s' for min_compress_ratio: it must be a number", value)
	case v < 0:
		return cassandra.Configf("Invalid negative min_compress_ratio")
	case v > 0 && v < 1:
		return cassandra.Configf("min_compress_ratio can either be 0 or greater than or equal to 1")
	}
	return nil
}

func has(m map[string]string, name string) bool {
	_, ok := m[name]
	return ok
}
