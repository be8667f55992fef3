package expr

import "testing"

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
		got := p.Eval(func(i int) float64 {
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

func TestErrors(t *testing.T) {
	for _, text := range []string{"", "A &&", "(A", "A)", "A B", "plugin(Foo", "=~ x", "A = B", "1.2.3", "A ; B", "!"} {
		if _, err := Parse(text); err == nil {
			t.Errorf("%q parses", text)
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, s := range []string{"A && !(B || C)", "(3 * A - 2 * C) > 0", "plugin(Foo::Bar)", "1/0", "((((", "!!!!A"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if p, err := Parse(s); err == nil {
			p.Eval(func(int) float64 { return 1 })
		}
	})
}
