package web

import (
	"math"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// TestContrast: text has a contrast of 4.5 to 1 with what it stands on, and marks one of 3 to 1 (WCAG 2.2, 1.4.3 and
// 1.4.11), in light and dark colors.
func TestContrast(t *testing.T) {
	css, err := files.ReadFile("static/style.css")
	if err != nil {
		t.Fatal(err)
	}
	light, dark, _ := strings.Cut(string(css), "prefers-color-scheme: dark")
	for name, text := range map[string]string{"light": light, "dark": dark} {
		color := map[string]float64{}
		for _, m := range regexp.MustCompile(`--([a-z-]+): (#[0-9a-f]{6})`).FindAllStringSubmatch(text, -1) {
			color[m[1]] = luminance(t, m[2])
		}
		if len(color) < 15 {
			t.Fatalf("%s: only %d colors are read", name, len(color))
		}
		for _, p := range []struct {
			front, back string
			least       float64
		}{
			{"ink", "page", 4.5}, {"ink", "card", 4.5}, {"ink", "hover", 4.5}, {"muted", "page", 4.5},
			{"muted", "card", 4.5}, {"muted", "hover", 4.5},
			{"accent", "card", 4.5}, {"accent", "hover", 4.5}, {"accent", "page", 4.5}, {"on-accent", "accent", 4.5},
			{"spam", "card", 4.5},
			{"spam", "spam-soft", 4.5}, {"ham", "card", 4.5}, {"ham", "ham-soft", 4.5}, {"warn", "warn-soft", 4.5},
			{"edge", "card", 3}, {"edge", "page", 3},
			{"bar-spam", "card", 3}, {"bar-ham", "card", 3}, {"spam", "hover", 4.5}, {"ham", "hover", 4.5},
		} {
			a, b := color[p.front], color[p.back]
			if ratio := (max(a, b) + 0.05) / (min(a, b) + 0.05); ratio < p.least {
				t.Errorf("%s: %s on %s has a contrast of %.2f, want %.1f", name, p.front, p.back, ratio, p.least)
			}
		}
	}
}

// luminance returns the relative luminance of a color.
func luminance(t *testing.T, hex string) float64 {
	sum := 0.0
	for i, weight := range []float64{0.2126, 0.7152, 0.0722} {
		n, err := strconv.ParseUint(hex[1+2*i:3+2*i], 16, 8)
		if err != nil {
			t.Fatal(err)
		}
		c := float64(n) / 255
		if c <= 0.04045 {
			c /= 12.92
		} else {
			c = math.Pow((c+0.055)/1.055, 2.4)
		}
		sum += weight * c
	}
	return sum
}
