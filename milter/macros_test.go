package milter

import "testing"

// Macros hold until their command, or one before it, comes again; those of a command that has no stage until it has
// been done.
func TestMacros(t *testing.T) {
	type said struct {
		cmd  byte
		text string
	}
	for _, c := range []struct {
		name   string
		said   []said
		forget int // stage from which on all is forgotten afterwards
		want   map[string]string
	}{
		{"none", nil, 8, map[string]string{"i": ""}},
		{"each at its stage", []said{{'C', "j\x00mx\x00"}, {'M', "i\x00q1\x00{auth_authen}\x00bob\x00"}}, 8,
			map[string]string{"j": "mx", "i": "q1", "{auth_authen}": "bob", "{auth_type}": ""}},
		{"the later stage counts", []said{{'E', "i\x00q3\x00"}, {'M', "i\x00q1\x00"}, {'N', "i\x00q2\x00"}}, 8,
			map[string]string{"i": "q2"}},
		{"the end's is the last", []said{{'M', "i\x00q1\x00"}, {'N', "i\x00q2\x00"}, {'E', "i\x00q3\x00"}}, 8,
			map[string]string{"i": "q3"}},
		{"twice in one packet", []said{{'M', "i\x00q1\x00i\x00q2\x00"}}, 8, map[string]string{"i": "q2"}},
		{"said again", []said{{'R', "{rcpt_addr}\x00a\x00"}, {'R', "i\x00q1\x00"}}, 8,
			map[string]string{"{rcpt_addr}": "", "i": "q1"}},
		{"a name without value", []said{{'M', "i\x00"}}, 8, map[string]string{"i": ""}},
		{"a value that is a name", []said{{'M', "i\x00j\x00j\x00i\x00"}}, 8, map[string]string{"i": "j", "j": "i"}},
		{"forgotten", []said{{'C', "j\x00mx\x00"}, {'M', "i\x00q1\x00"}, {'L', "x\x00y\x00"}}, stage(cmdMail),
			map[string]string{"j": "mx", "i": "", "x": ""}},
		{"of a header field", []said{{'M', "i\x00q1\x00"}, {'L', "i\x00q2\x00"}}, len(macroCommands),
			map[string]string{"i": "q1"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			var m macros
			for _, s := range c.said {
				m.set(s.cmd, []byte(s.text))
			}
			m.forget(c.forget)
			for name, want := range c.want {
				if got := m.Get(name); got != want {
					t.Errorf("%s is %q, want %q", name, got, want)
				}
			}
		})
	}
}
