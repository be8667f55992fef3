package archive

import (
	"archive/tar"
	"bytes"
	"io"
)

// Tar lists a tar archive.
func Tar(b []byte) (l Listing) {
	src := bytes.NewReader(b)
	r := tar.NewReader(src)
	for {
		h, err := r.Next()
		if err == io.EOF {
			return l
		}
		if err != nil {
			l.Broken = true
			return l
		}
		at := int64(len(b) - src.Len())
		e := Entry{Name: nameOf([]byte(h.Name)), Size: h.Size, Packed: h.Size}
		switch h.Typeflag {
		case tar.TypeDir:
			continue
		case tar.TypeReg:
			data := cut(b, at, h.Size)
			l.Broken = l.Broken || int64(len(data)) < h.Size
			e.unpack = stored(data)
		}
		if !l.add(e) {
			return l
		}
	}
}
