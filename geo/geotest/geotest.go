// Package geotest writes small databases in MaxMind's format for tests.
package geotest

import (
	"encoding/binary"
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// Write writes a database of IPv4 networks into a file and returns its path. A value is a string, a number, or a map of
// such.
func Write(t testing.TB, name string, networks map[string]map[string]any) string {
	t.Helper()
	w := &writer{nodes: [][2]int{{}}}
	for prefix, value := range networks {
		w.insert(netip.MustParsePrefix(prefix), encode(value))
	}
	file := filepath.Join(t.TempDir(), name)
	if err := os.WriteFile(file, w.bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	return file
}

// writer is a tree of nodes whose records are 0 for nothing, the index of a node, or -1 less the offset of a value.
type writer struct {
	nodes [][2]int
	data  []byte
}

func (w *writer) insert(p netip.Prefix, value []byte) {
	offset := len(w.data)
	w.data = append(w.data, value...)
	addr := binary.BigEndian.Uint32(p.Addr().AsSlice())
	node := 0
	for depth := range p.Bits() {
		bit := addr >> (31 - depth) & 1
		if depth == p.Bits()-1 {
			w.nodes[node][bit] = -1 - offset
			return
		}
		if w.nodes[node][bit] <= 0 {
			w.nodes = append(w.nodes, [2]int{})
			w.nodes[node][bit] = len(w.nodes) - 1
		}
		node = w.nodes[node][bit]
	}
}

// bytes returns the file: the tree with records of 24 bits, the values, and the metadata.
func (w *writer) bytes() []byte {
	const gap = 16 // zero bytes between tree and values
	var out []byte
	count := len(w.nodes)
	for _, node := range w.nodes {
		for _, record := range node {
			n := count // nothing
			if record > 0 {
				n = record
			} else if record < 0 {
				n = count + gap + (-1 - record)
			}
			out = append(out, byte(n>>16), byte(n>>8), byte(n))
		}
	}
	out = append(append(out, make([]byte, gap)...), w.data...)
	out = append(out, "\xab\xcd\xefMaxMind.com"...)
	return append(out, encode(map[string]any{
		"node_count": count, "record_size": 24, "ip_version": 4, "database_type": "test", "binary_format_major_version": 2,
		"binary_format_minor_version": 0, "build_epoch": 1,
	})...)
}

// The types of values in the data section.
const (
	typeString = 2
	typeUint32 = 6
	typeMap    = 7
)

func encode(value any) []byte {
	switch v := value.(type) {
	case string:
		return append(control(typeString, len(v)), v...)
	case int:
		return binary.BigEndian.AppendUint32(control(typeUint32, 4), uint32(v))
	case map[string]any:
		out := control(typeMap, len(v))
		for _, key := range slices.Sorted(keys(v)) {
			out = append(append(out, encode(key)...), encode(v[key])...)
		}
		return out
	}
	panic("geotest: value of another type")
}

func keys(m map[string]any) func(func(string) bool) {
	return func(yield func(string) bool) {
		for k := range m {
			if !yield(k) {
				return
			}
		}
	}
}

// control returns the first bytes of a value of a type and size below 285.
func control(kind, size int) []byte {
	if size < 29 {
		return []byte{byte(kind<<5 | size)}
	}
	return []byte{byte(kind<<5 | 29), byte(size - 29)}
}
