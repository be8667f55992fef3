package expr

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
)

// randomExpr returns an expression of operands A to F.
func randomExpr(r *rand.Rand, depth int) string {
	if depth == 0 || r.IntN(5) == 0 {
		if r.IntN(4) == 0 {
			return fmt.Sprint(r.IntN(4))
		}
		return string(rune('A' + r.IntN(6)))
	}
	ops := []string{"&&", "||", "&&", "||", "+", "-", "*", "/", "%", "<", ">", "<=", ">=", "==", "!=", "&", "|"}
	switch r.IntN(8) {
	case 0:
		return "!" + randomExpr(r, 0)
	case 1:
		return "-" + randomExpr(r, 0)
	}
	return "(" + randomExpr(r, depth-1) + " " + ops[r.IntN(len(ops))] + " " + randomExpr(r, depth-1) + ")"
}

// parseRandom returns a random expression.
func parseRandom(t *testing.T, r *rand.Rand) (text string, p *Program) {
	t.Helper()
	text = randomExpr(r, 4)
	p, err := Parse(text)
	if err != nil {
		t.Fatal(text, err)
	}
	return text, p
}

// randomBounds returns two numbers that an operand may lie between, often the same.
func randomBounds(r *rand.Rand) (low, high float64) {
	low = float64(r.IntN(3) - 1)
	return low, low + float64(r.IntN(2)*r.IntN(3))
}

// TestBounds tries values within the operands' bounds.
func TestBounds(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	decided := 0
	for range 20000 {
		text, p := parseRandom(t, r)
		var low, high [6]float64
		for i := range low {
			low[i], high[i] = randomBounds(r)
		}
		least, most := p.Bounds(func(i int32) (float64, float64) { return low[i], high[i] })
		if least == most {
			decided++
		}
		for range 10 {
			var values [6]float64
			for i := range values {
				values[i] = low[i] + float64(r.IntN(int(high[i]-low[i])+1))
			}
			if v := p.Eval(func(i int32) float64 { return values[i] }); v < least || v > most {
				t.Fatalf("%s of %v is %v, not within %v and %v", text, values, v, least, most)
			}
		}
	}
	if decided < 1000 {
		t.Errorf("only %d expressions were decided", decided)
	}
}

func TestBoundsDecide(t *testing.T) {
	for text, want := range map[string]float64{
		"NO && MAYBE":               0,
		"MAYBE && NO":               0,
		"MAYBE + NO + YES > 2":      0,
		"(MAYBE || NO) && !YES":     0,
		"YES || MAYBE":              1,
		"YES && !(MAYBE && NO)":     1,
		"MAYBE && YES && NO && YES": 0,
	} {
		t.Run(text, func(t *testing.T) {
			p, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			low, high := p.Bounds(func(i int32) (float64, float64) {
				switch p.Operands()[i].Name {
				case "YES":
					return 1, 1
				case "NO":
					return 0, 0
				}
				return 0, 1
			})
			if low != want || high != want {
				t.Errorf("%s: %v to %v, want %v", text, low, high, want)
			}
		})
	}
}

// TestDeciding changes the operands that do not decide.
func TestDeciding(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	spared := 0
	for range 20000 {
		text, p := parseRandom(t, r)
		var low, high [6]float64
		vary := func(i int) {
			low[i], high[i] = randomBounds(r)
		}
		for i := range low {
			if vary(i); r.IntN(3) > 0 {
				low[i], high[i] = 0, 0
			}
		}
		bounds := func(i int32) (float64, float64) { return low[i], high[i] }
		least, most := p.Bounds(bounds)
		by := p.Deciding(bounds)
		for i := range p.Operands() {
			if !slices.Contains(by, int32(i)) {
				spared++
				vary(i)
			}
		}
		if nowLeast, nowMost := p.Bounds(bounds); nowLeast != least || nowMost != most {
			t.Fatalf("%s was %v to %v, decided by operands %v, and is %v to %v", text, least, most, by, nowLeast, nowMost)
		}
	}
	if spared < 1000 {
		t.Errorf("only %d operands were found not to decide", spared)
	}
}

func TestDecidingPrefersFew(t *testing.T) {
	for text, want := range map[string]string{
		"A && B":             "A",
		"(A || B) && C":      "C",
		"C && (B || D)":      "C",
		"(A + B > 1) && A":   "A",
		"!A && B":            "B",
		"A || B":             "A B",
		"A + B + C > 1":      "A B C",
		"YES && A && (B||C)": "A",
		"!YES && B":          "YES",
	} {
		t.Run(text, func(t *testing.T) {
			p, err := Parse(text)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, i := range p.Deciding(func(i int32) (float64, float64) {
				if p.Operands()[i].Name == "YES" {
					return 1, 1
				}
				return 0, 0
			}) {
				names = append(names, p.Operands()[i].Name)
			}
			if got := strings.Join(names, " "); got != want {
				t.Errorf("%s is decided by %s, want %s", text, got, want)
			}
		})
	}
}
