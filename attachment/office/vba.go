package office

import (
	"bytes"
	"encoding/binary"

	"asterism/attachment/budget"
)

// attribute is how the packed source of a macro module begins: a flag octet, then "Attribut" as eight literals, after
// the signature of the container and the header of its first chunk (MS-OVBA, 2.4.1).
var attribute = []byte("\x00Attribut\x00e")

// sources returns the sources of macros in a stream of a module.
func sources(stream []byte, b *budget.Budget) (all []string) {
	for len(all) < 4 {
		i := bytes.Index(stream, attribute)
		if i < 3 {
			if i < 0 {
				return all
			}
			stream = stream[i+len(attribute):]
			continue
		}
		if stream[i-3] == 1 {
			all = append(all, string(b.Spend(unpackVBA(stream[i-3:], min(maxCode, b.Bytes)))))
		}
		stream = stream[i+len(attribute):]
	}
	return all
}

// unpackVBA undoes the compression of macros (MS-OVBA, 2.4.1), up to a limit and a chunk.
func unpackVBA(b []byte, limit int) []byte {
	const signature = 1
	if len(b) == 0 || b[0] != signature {
		return nil
	}
	b = b[1:]
	var out []byte
	for len(b) >= 2 && len(out) < limit {
		header := binary.LittleEndian.Uint16(b)
		if header>>12&7 != 3 {
			return out
		}
		size := int(header&0xfff) + 3
		chunk := b[2:min(size, len(b))]
		b = b[min(size, len(b)):]
		if header>>15 == 0 {
			out = append(out, chunk...)
			continue
		}
		out = unpackChunk(out, chunk)
	}
	return out
}

// unpackChunk undoes one chunk, which unpacks to 4,096 octets at most.
func unpackChunk(out, chunk []byte) []byte {
	const most = 4096
	start := len(out)
	for len(chunk) > 0 {
		flags := chunk[0]
		chunk = chunk[1:]
		for bit := 0; bit < 8 && len(chunk) > 0; bit++ {
			if len(out)-start >= most {
				return out
			}
			if flags&(1<<bit) == 0 {
				out = append(out, chunk[0])
				chunk = chunk[1:]
				continue
			}
			if len(chunk) < 2 {
				return out
			}
			token := int(binary.LittleEndian.Uint16(chunk))
			chunk = chunk[2:]
			bits := 4
			for 1<<bits < len(out)-start {
				bits++
			}
			length, offset := token&(0xffff>>bits)+3, token>>(16-bits)+1
			if offset > len(out)-start {
				return out
			}
			for range min(length, most-(len(out)-start)) {
				out = append(out, out[len(out)-offset])
			}
		}
	}
	return out
}
