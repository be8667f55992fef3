package rules

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// imageEvals are the functions that measure attached images.
func imageEvals() map[string]evalFunc {
	return map[string]evalFunc{
		"image_count":         imageCount,
		"image_named":         imageNamed,
		"image_size_exact":    imageSizeExact,
		"image_size_range":    imageSizeRange,
		"image_to_text_ratio": imageToTextRatio,
		"pixel_coverage":      pixelCoverage,
	}
}

// picture is one attached image.
type picture struct {
	kind          string // gif, png, jpeg
	name          string
	width, height int
}

// pictures returns the attached images whose format is known.
func (sc *Scan) pictures() []picture {
	if !sc.cache.havePictures {
		sc.cache.havePictures = true
		for _, p := range sc.msg.Leaves() {
			if !strings.HasPrefix(p.MediaType, "image/") && p.MediaType != "application/octet-stream" {
				continue
			}
			if pic := measure(p.Decoded()); pic.kind != "" {
				pic.name = p.Filename
				sc.cache.pictures = append(sc.cache.pictures, pic)
			}
		}
	}
	return sc.cache.pictures
}

// measure reads an image's size from its first bytes.
func measure(b []byte) picture {
	switch {
	case len(b) >= 10 && (bytes.HasPrefix(b, []byte("GIF87a")) || bytes.HasPrefix(b, []byte("GIF89a"))):
		return picture{kind: "gif", width: int(binary.LittleEndian.Uint16(b[6:])),
			height: int(binary.LittleEndian.Uint16(b[8:]))}
	case len(b) >= 24 && bytes.HasPrefix(b, []byte("\x89PNG\r\n\x1a\n")):
		return picture{kind: "png", width: int(binary.BigEndian.Uint32(b[16:])), height: int(binary.BigEndian.Uint32(b[20:]))}
	case bytes.HasPrefix(b, []byte("\xff\xd8")):
		return measureJPEG(b)
	}
	return picture{}
}

// measureJPEG walks the segments to the frame header (ITU-T T.81, section B.2.2).
func measureJPEG(b []byte) picture {
	for i := 2; i+9 < len(b) && b[i] == 0xff; {
		marker, length := b[i+1], int(binary.BigEndian.Uint16(b[i+2:]))
		if marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc {
			return picture{kind: "jpeg", height: int(binary.BigEndian.Uint16(b[i+5:])),
				width: int(binary.BigEndian.Uint16(b[i+7:]))}
		}
		i += 2 + max(length, 2)
	}
	return picture{}
}

// kind reports whether a picture is of the kind asked for: "all" is any.
func (p *picture) is(kind string) bool { return kind == "all" || strings.EqualFold(p.kind, kind) }

// imageCount is image_count('kind', 'low', ['high']).
func imageCount(sc *Scan, args []string) int {
	if len(args) < 2 {
		return 0
	}
	n := 0.0
	for _, p := range sc.pictures() {
		if p.is(args[0]) {
			n++
		}
	}
	return truth(n >= number(args, 1, 0) && (len(args) < 3 || n <= number(args, 2, 0)))
}

func imageNamed(sc *Scan, args []string) int {
	for _, p := range sc.pictures() {
		if len(args) > 0 && strings.EqualFold(p.name, args[0]) {
			return 1
		}
	}
	return 0
}

// imageSizeExact is image_size_exact('kind', 'height', 'width').
func imageSizeExact(sc *Scan, args []string) int {
	for _, p := range sc.pictures() {
		if len(args) >= 3 && p.is(args[0]) && p.height == atoi(args[1]) && p.width == atoi(args[2]) {
			return 1
		}
	}
	return 0
}

// imageSizeRange is image_size_range('kind', 'least height', 'least width', ['most height', 'most width']).
func imageSizeRange(sc *Scan, args []string) int {
	for _, p := range sc.pictures() {
		if len(args) >= 3 && p.is(args[0]) && p.height >= atoi(args[1]) && p.width >= atoi(args[2]) &&
			(len(args) < 5 || p.height <= atoi(args[3]) && p.width <= atoi(args[4])) {
			return 1
		}
	}
	return 0
}

// area is the pixels of all pictures of a kind.
func (sc *Scan) area(kind string) int {
	n := 0
	for _, p := range sc.pictures() {
		if p.is(kind) {
			n += p.width * p.height
		}
	}
	return n
}

// imageToTextRatio is image_to_text_ratio('kind', 'low', 'high'): bytes of text for each pixel.
func imageToTextRatio(sc *Scan, args []string) int {
	if len(args) < 3 {
		return 0
	}
	area, text := sc.area(args[0]), 0
	for _, t := range sc.bodyTexts()[1:] {
		text += len(t.String())
	}
	if area == 0 || text == 0 {
		return 0
	}
	ratio := float64(text) / float64(area)
	return truth(ratio >= number(args, 1, 0) && ratio <= number(args, 2, 0))
}

// pixelCoverage is pixel_coverage('kind', 'low', ['high']).
func pixelCoverage(sc *Scan, args []string) int {
	if len(args) < 2 {
		return 0
	}
	area := float64(sc.area(args[0]))
	return truth(area > 0 && area >= number(args, 1, 0) && (len(args) < 3 || area <= number(args, 2, 0)))
}
