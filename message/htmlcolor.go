package message

import (
	"strings"

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
func parseColor(value string) color {
	value = strings.TrimSpace(value)
	hex := strings.TrimPrefix(value, "#")
	switch {
	case len(hex) == 6 || len(hex) == 8 && len(value) == 9:
		if c, ok := parseHex(hex[:6]); ok {
			return c
		}
	case len(hex) == 3 || len(hex) == 4 && len(value) == 5:
		if c, ok := parseHex(hex[:3]); ok {
			r, g, b := c>>8, c>>4&15, c&15
			return r*0x110000 + g*0x1100 + b*0x11
		}
	}
	if strings.HasPrefix(value, "rgb") {
		return parseRGB(value)
	}
	var name [24]byte
	if len(value) > len(name) {
		return unknownColor
	}
	if c, ok := colornames.Map[string(appendLower(name[:0], value))]; ok {
		return color(c.R)<<16 | color(c.G)<<8 | color(c.B)
	}
	return unknownColor
}

// parseHex reads hexadecimal digits.
func parseHex(s string) (c color, ok bool) {
	for i := range len(s) {
		digit := unhex(s[i])
		if digit < 0 {
			return 0, false
		}
		c = c<<4 | color(digit)
	}
	return c, true
}

// parseRGB reads rgb(r, g, b).
func parseRGB(value string) color {
	open := strings.IndexByte(value[:min(len(value), len("rgba("))], '(')
	if open < 0 {
		return unknownColor
	}
	const longest = 64
	value = value[:min(len(value), longest)]
	c, parts := color(0), 0
	rest := strings.TrimRight(value[open+1:], ") ")
	for parts < 3 && len(rest) > 0 {
		rest = strings.TrimLeft(rest, ", ")
		end := strings.IndexAny(rest, ", )/")
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
