package message

import (
	"bytes"
	"strconv"

	"golang.org/x/image/colornames"
)

// color is 0xRRGGBB, or unknownColor.
type color int32

const unknownColor color = -1

// sameColor reports whether a reader could not tell the colours apart.
func sameColor(a, b color) bool {
	if a == unknownColor || b == unknownColor {
		return false
	}
	const near = 12 // of 255, in each channel
	for shift := 0; shift < 24; shift += 8 {
		if d := (a>>shift)&0xff - (b>>shift)&0xff; d > near || d < -near {
			return false
		}
	}
	return true
}

// parseColor reads a colour as CSS and HTML write it, in any case.
func parseColor(value []byte) color {
	value = bytes.TrimSpace(value)
	hex := value
	if len(value) > 0 && value[0] == '#' {
		hex = value[1:]
	}
	switch {
	case len(hex) == 6 || len(hex) == 8 && len(value) == 9:
		if n, err := strconv.ParseUint(view(hex[:6]), 16, 32); err == nil {
			return color(n)
		}
	case len(hex) == 3 || len(hex) == 4 && len(value) == 5:
		if n, err := strconv.ParseUint(view(hex[:3]), 16, 16); err == nil {
			r, g, b := color(n>>8), color(n>>4&15), color(n&15)
			return r*0x110000 + g*0x1100 + b*0x11
		}
	}
	if bytes.HasPrefix(value, []byte("rgb")) {
		return parseRGB(value)
	}
	if len(value) > 24 {
		return unknownColor
	}
	var name [24]byte
	n := copy(name[:], value)
	lower(name[:n])
	if c, ok := colornames.Map[string(name[:n])]; ok {
		return color(c.R)<<16 | color(c.G)<<8 | color(c.B)
	}
	return unknownColor
}

// parseRGB reads rgb(r, g, b).
func parseRGB(value []byte) color {
	open := bytes.IndexByte(value[:min(len(value), len("rgba("))], '(')
	if open < 0 {
		return unknownColor
	}
	const longest = 64
	value = value[:min(len(value), longest)]
	c, parts := color(0), 0
	rest := bytes.TrimRight(value[open+1:], ") ")
	for parts < 3 && len(rest) > 0 {
		rest = bytes.TrimLeft(rest, ", ")
		end := bytes.IndexAny(rest, ", )/")
		if end < 0 {
			end = len(rest)
		}
		n, unit := number(rest[:end])
		if unit == "%" {
			n *= 2.55
		}
		if unit == noNumber {
			return unknownColor
		}
		c = c<<8 | color(min(max(n, 0), 255))
		parts++
		rest = rest[end:]
	}
	if parts < 3 {
		return unknownColor
	}
	return c
}
