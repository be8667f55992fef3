package expr

import (
	"strings"
	"testing"
)

func TestEval(t *testing.T) {
	values := map[string]float64{"A": 1, "B": 0, "C": 3, "version": 4.000001, "plugin:Foo::Bar": 1}
	for _, c := range []struct {
		text string
		want float64
	}{
		{"A && !(B || C)", 0},
		{"A&&C", 3},
		{"B || C", 3},
		{"(3 * A - 2 * C) > 0", 0},
		{"A + B + C >= 4", 1},
		{"1 + 2 * 3 - 4 / 2", 5},
		{"7 % 4", 3},
		{"1 / B", 0},
		{"!A == 0", 1},
		{"-C < -2", 1},
		{"version >= 3.004002", 1},
		{"(version < 4.000000)", 0},
		{"plugin ( Foo::Bar )", 1},
		{"!plugin(No::Such) && plugin(Foo::Bar)", 1},
		{"A & 1 | 2", 3},
		{"UNKNOWN || .5", .5},
		{"A != A", 0},
		{"(A) + (A) + (A) + (A+(A+(A+(A+(A+(A+(A+(A+(A+(A+(A+(A+(A+(A+(A+A)))))))))))))))", 19},
	} {
		p, err := Parse(c.text)
		if err != nil {
			t.Errorf("%s: %v", c.text, err)
			continue
		}
		got := p.Eval(func(i int32) float64 {
			o := p.Operands()[i]
			if o.Call {
				return values[o.Name+":"+o.Arg]
			}
			return values[o.Name]
		})
		if got != c.want {
			t.Errorf("%s = %v, want %v", c.text, got, c.want)
		}
	}
}

func TestNumbered(t *testing.T) {
	p, err := Parse("A + 10 * NOBODY + 100 * C + A + 3")
	if err != nil {
		t.Fatal(err)
	}
	if v := p.Numbered([]int32{7, -1, 5}).Eval(func(number int32) float64 { return float64(number) }); v != 7+500+7+3 {
		t.Errorf("A, 7, and C, 5, give %v", v)
	}
}

func TestErrors(t *testing.T) {
	for _, text := range []string{"", "A &&", "(A", "A)", "A B", "plugin(Foo", "=~ x", "A = B", "1.2.3", "A ; B", "!",
		strings.Repeat("(", 1000) + "A", "A" + strings.Repeat("+A", 1e6)} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%.100q parses", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"A && !(B || C)", "(3 * A - 2 * C) > 0", "plugin(Foo::Bar)", "1/0", "((((", "!!!!A"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := Parse(s); err == nil {
			p.Eval(func(int32) float64 { return 1 })
		}
	})
}
