package pdf

import (
	"bytes"
	"encoding/ascii85"

	"golang.org/x/image/tiff/lzw"

	"asterism/attachment/budget"
)

// stream returns an object's stream with its filters undone (7.4), as far as they are known.
func (f *file) stream(o *object) []byte {
	if o.unpacked {
		return o.stream
	}
	o.unpacked = true
	d, _ := o.value.(dict)
	data := o.raw
	if f.key != nil && !o.packed {
		data = f.key.stream(o, d, data)
	}
	filters := f.list(d["Filter"])
	parms := f.list(d["DecodeParms"])
	for i, v := range filters[:min(len(filters), 4)] {
		n, _ := f.resolve(v).(name)
		var p dict
		if i < len(parms) {
			p = f.dictOf(parms[i])
		}
		var ok bool
		if data, ok = f.undo(n, p, data); !ok {
			return nil
		}
	}
	o.stream = data
	return data
}

// list returns an array, or what is no array as one.
func (f *file) list(v any) array {
	switch v := f.resolve(v).(type) {
	case nil:
		return nil
	case array:
		return v
	default:
		return array{v}
	}
}

// undo undoes one filter; ok is false for those of pictures and for unknown ones.
func (f *file) undo(filter name, parms dict, data []byte) (out []byte, ok bool) {
	switch filter {
	case "FlateDecode", "Fl":
		out, _ = f.budget.Zlib(data, maxStream)
		return f.unpredict(parms, out), true
	case "LZWDecode", "LZW":
		const tables = 32 << 10 // octets of a decoder
		if !f.budget.Work(tables) {
			return nil, false
		}
		r := lzw.NewReader(bytes.NewReader(data), lzw.MSB, 8)
		defer r.Close()
		out, _ = f.budget.Read(r, maxStream, budget.Inflating)
		return f.unpredict(parms, out), true
	case "ASCIIHexDecode", "AHx":
		data, _, _ = bytes.Cut(data, []byte(">"))
		return unhex(data), true
	case "ASCII85Decode", "A85":
		data, _, _ = bytes.Cut(bytes.TrimPrefix(bytes.TrimSpace(data), []byte("<~")), []byte("~>"))
		out = make([]byte, min(4*len(data)+4, maxStream, max(f.budget.Bytes, 0)))
		n, _, _ := ascii85.Decode(out, data, true)
		return f.budget.Spend(out[:n]), true
	case "RunLengthDecode", "RL":
		return f.budget.Spend(unrun(data, min(maxStream, f.budget.Bytes))), true
	case "Crypt":
		return data, true
	}
	return nil, false
}

// unrun undoes run-length encoding (7.4.5), up to a limit and a run.
func unrun(b []byte, limit int) (out []byte) {
	for len(b) > 1 && len(out) < limit {
		n := int(b[0])
		switch {
		case n == 128:
			return out
		case n < 128:
			n = min(n+1, len(b)-1)
			out = append(out, b[1:1+n]...)
			b = b[1+n:]
		default:
			out = append(out, bytes.Repeat(b[1:2], 257-n)...)
			b = b[2:]
		}
	}
	return out
}

// unpredict undoes PNG's predictors (7.4.4.4), which object streams may have.
func (f *file) unpredict(parms dict, data []byte) []byte {
	predictor, _ := f.resolve(parms["Predictor"]).(float64)
	columns, _ := f.resolve(parms["Columns"]).(float64)
	if predictor < 10 || columns < 1 || columns > 1<<16 || int(columns) >= len(data) {
		return data
	}
	width := int(columns)
	out := make([]byte, 0, len(data))
	above := make([]byte, width)
	for len(data) > width {
		kind := data[0]
		out = append(out, data[1:1+width]...)
		row := out[len(out)-width:]
		data = data[1+width:]
		for i := range row {
			left, corner := byte(0), byte(0)
			if i > 0 {
				left, corner = row[i-1], above[i-1]
			}
			switch kind {
			case 1:
				row[i] += left
			case 2:
				row[i] += above[i]
			case 3:
				row[i] += byte((int(left) + int(above[i])) / 2)
			case 4:
				row[i] += paeth(left, above[i], corner)
			}
		}
		above = row
	}
	return out
}

func paeth(a, b, c byte) byte {
	p := int(a) + int(b) - int(c)
	da, db, dc := abs(p-int(a)), abs(p-int(b)), abs(p-int(c))
	switch {
	case da <= db && da <= dc:
		return a
	case db <= dc:
		return b
	}
	return c
}

func abs(n int) int { return max(n, -n) }
