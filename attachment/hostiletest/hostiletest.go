// Package hostiletest makes files that are expensive to read for a reader that trusts their counts, references and
// declared sizes. Tests of package attachment and the campaign of bench/hostile measure them.
package hostiletest

import (
	"bytes"
	"compress/flate"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"slices"
	"strings"
)

// File is a family of files of any size. Its name has the extension of its kind.
type File struct {
	Name  string
	Build func(size int) []byte // of about that many octets, or fewer where the format packs them
}

// All returns the files, in the same order each time.
func All() []File {
	return slices.Concat(sevenZips(), archives(), pdfs(), packedPDFs(), fonts(), compounds(), documents(), pictures(),
		deflates())
}

// repeat returns prefix, as many units as there is room for, and suffix.
func repeat(prefix, unit, suffix string) func(size int) []byte {
	return func(size int) []byte {
		return []byte(prefix + strings.Repeat(unit, max(1, (size-len(prefix)-len(suffix))/len(unit))) + suffix)
	}
}

// deflated packs octets by DEFLATE, zlibbed with zlib's header and checksum.
func deflated(b []byte) []byte {
	var out bytes.Buffer
	w, _ := flate.NewWriter(&out, flate.BestCompression)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

func zlibbed(b []byte) []byte {
	var out bytes.Buffer
	w := zlib.NewWriter(&out)
	_, _ = w.Write(b)
	_ = w.Close()
	return out.Bytes()
}

// u16 and u32 are numbers as little-endian octets.
func u16(n int) string { return string(binary.LittleEndian.AppendUint16(nil, uint16(n))) }
func u32(n int) string { return string(binary.LittleEndian.AppendUint32(nil, uint32(n))) }

// numbered returns n strings that a format makes of the numbers from 0 on.
func numbered(n int, format string) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, format, i)
	}
	return b.String()
}
