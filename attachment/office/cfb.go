package office

import (
	"bytes"
	"encoding/binary"
	"strings"
	"unicode/utf16"

	"asterism/attachment/budget"
)

// Numbers of a compound file (MS-CFB).
const (
	cfbHeaderLen = 512
	cfbEntryLen  = 128
	cfbEnd       = 0xfffffffa // sector numbers from here on are none
	cfbStorage   = 1
	cfbStream    = 2
	cfbRoot      = 5
	maxEntries   = 4000
	maxDepth     = 16
)

// CFB is a compound file: storages and streams, as directories and files.
type CFB struct {
	Broken  bool
	Entries []Entry
	data    []byte
	sector  int
	fat     []uint32
	mini    []uint32
	ministr []byte
	cutoff  uint32
	budget  *budget.Budget
}

// Entry is a storage or stream.
type Entry struct {
	Path  string // with "/" between the names of storages; "" for the root
	Name  string
	Class [16]byte // the class identifier of a storage
	Dir   bool
	start uint32
	size  int64
}

// OpenCFB reads the directory of a compound file.
func OpenCFB(data []byte, b *budget.Budget) *CFB {
	c := &CFB{data: data, budget: b}
	if len(data) < cfbHeaderLen {
		c.Broken = true
		return c
	}
	shift := binary.LittleEndian.Uint16(data[30:])
	if shift != 9 && shift != 12 {
		shift, c.Broken = 9, true
	}
	c.sector, c.cutoff = 1<<shift, binary.LittleEndian.Uint32(data[56:])
	c.readFAT()
	miniFAT := c.chain(binary.LittleEndian.Uint32(data[60:]), int64(len(data)), c.fat)
	for i := 0; i+4 <= len(miniFAT); i += 4 {
		c.mini = append(c.mini, binary.LittleEndian.Uint32(miniFAT[i:]))
	}
	c.readDirectory(c.chain(binary.LittleEndian.Uint32(data[48:]), int64(len(data)), c.fat))
	return c
}

// block returns a sector, as far as it is there.
func (c *CFB) block(n uint32) []byte {
	at := (int64(n) + 1) * int64(c.sector)
	if at >= int64(len(c.data)) {
		return nil
	}
	return c.data[at:min(int64(len(c.data)), at+int64(c.sector))]
}

// readFAT reads which sector follows which. The first 109 sectors of that table stand in the header, others in a chain.
func (c *CFB) readFAT() {
	take := func(list []byte) {
		for i := 0; i+4 <= len(list); i += 4 {
			n := binary.LittleEndian.Uint32(list[i:])
			if n >= cfbEnd || len(c.fat)*c.sector > len(c.data)+c.sector*c.sector {
				return
			}
			b := c.block(n)
			for k := 0; k+4 <= len(b); k += 4 {
				c.fat = append(c.fat, binary.LittleEndian.Uint32(b[k:]))
			}
		}
	}
	take(c.data[76:cfbHeaderLen])
	next := binary.LittleEndian.Uint32(c.data[68:])
	for steps := 0; next < cfbEnd && steps < 64; steps++ {
		b := c.block(next)
		if len(b) < c.sector {
			c.Broken = true
			return
		}
		take(b[:c.sector-4])
		next = binary.LittleEndian.Uint32(b[c.sector-4:])
	}
}

// chain returns the octets of the sectors from one on, at most size.
func (c *CFB) chain(n uint32, size int64, fat []uint32) []byte {
	var out []byte
	for steps := 0; n < cfbEnd && int64(len(out)) < size; steps++ {
		b := c.block(n)
		if b == nil || steps > len(fat) || int64(n) >= int64(len(fat)) || c.budget.Late() {
			c.Broken = true
			break
		}
		out = append(out, b...)
		n = fat[n]
	}
	return out[:min(int64(len(out)), size)]
}

// readDirectory reads the entries, which are trees of siblings.
func (c *CFB) readDirectory(dir []byte) {
	if len(dir) < cfbEntryLen {
		c.Broken = true
		return
	}
	if root := dir[:cfbEntryLen]; root[66] == cfbRoot {
		size := min(int64(binary.LittleEndian.Uint32(root[120:])), int64(len(c.data))) // or its sectors are a circle
		c.ministr = c.chain(binary.LittleEndian.Uint32(root[116:]), size, c.fat)
		e := Entry{Dir: true}
		copy(e.Class[:], root[80:96])
		c.Entries = append(c.Entries, e)
		seen := make([]bool, len(dir)/cfbEntryLen)
		c.entries(dir, binary.LittleEndian.Uint32(root[76:]), "", 0, seen)
		return
	}
	c.Broken = true
}

// entries lists an entry, its siblings and what is below them. Siblings are a tree that a hostile file makes a list:
// they are followed in a loop.
func (c *CFB) entries(dir []byte, first uint32, path string, depth int, seen []bool) {
	todo := []uint32{first}
	for len(todo) > 0 && len(c.Entries) < maxEntries {
		n := todo[len(todo)-1]
		todo = todo[:len(todo)-1]
		if int64(n) >= int64(len(seen)) {
			continue
		}
		if seen[n] || depth > maxDepth {
			c.Broken = true
			continue
		}
		seen[n] = true
		b := dir[int(n)*cfbEntryLen : (int(n)+1)*cfbEntryLen]
		e := Entry{Name: cfbName(b), start: binary.LittleEndian.Uint32(b[116:]),
			size: int64(binary.LittleEndian.Uint32(b[120:]))}
		copy(e.Class[:], b[80:96])
		e.Path = strings.TrimPrefix(path+"/"+e.Name, "/")
		todo = append(todo, binary.LittleEndian.Uint32(b[68:]), binary.LittleEndian.Uint32(b[72:]))
		switch b[66] {
		case cfbStream:
			c.Entries = append(c.Entries, e)
		case cfbStorage:
			e.Dir = true
			c.Entries = append(c.Entries, e)
			c.entries(dir, binary.LittleEndian.Uint32(b[76:]), e.Path, depth+1, seen)
		}
	}
}

func cfbName(b []byte) string {
	n := min(int(binary.LittleEndian.Uint16(b[64:])), 64)
	units := make([]uint16, 0, 32)
	for i := 0; i+1 < n; i += 2 {
		if u := binary.LittleEndian.Uint16(b[i:]); u != 0 {
			units = append(units, u)
		}
	}
	return string(utf16.Decode(units))
}

// Read returns a stream, at most limit octets of it.
func (c *CFB) Read(e *Entry, limit int) []byte {
	size := min(e.size, int64(limit), int64(max(c.budget.Bytes, 0)))
	var out []byte
	if e.size >= int64(c.cutoff) || c.ministr == nil {
		out = c.chain(e.start, size, c.fat)
	} else {
		out = c.chainMini(e.start, size)
	}
	c.budget.Bytes -= len(out)
	return out
}

// chainMini is chain for small streams, which stand in sectors of 64 octets in a stream of their own.
func (c *CFB) chainMini(n uint32, size int64) []byte {
	const small = 64
	var out []byte
	for steps := 0; n < cfbEnd && int64(len(out)) < size; steps++ {
		at := int64(n) * small
		if at >= int64(len(c.ministr)) || steps > len(c.mini) || int64(n) >= int64(len(c.mini)) {
			c.Broken = true
			break
		}
		out = append(out, c.ministr[at:min(int64(len(c.ministr)), at+small)]...)
		n = c.mini[n]
	}
	return out[:min(int64(len(out)), size)]
}

// Find returns the entry of a path, without regard to case; nil if there is none.
func (c *CFB) Find(path string) *Entry {
	for i := range c.Entries {
		if strings.EqualFold(c.Entries[i].Path, path) {
			return &c.Entries[i]
		}
	}
	return nil
}

// IsCFB reports whether data begin as a compound file.
func IsCFB(data []byte) bool {
	return bytes.HasPrefix(data, []byte("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"))
}
