package tag

import "strings"

// OneField returns a value that every reader takes for the value of one field: lines after the first are folded, none
// is empty, and other characters that may end a line or a text are removed. Line ends are LF.
func OneField(value string) string {
	if !strings.ContainsFunc(value, func(r rune) bool { return r < ' ' && r != '\t' }) {
		return value
	}
	out := make([]byte, 0, len(value)+8)
	for i, line := 0, ""; value != "" || i == 0; i++ {
		line, value, _ = strings.Cut(value, "\n")
		line = withoutLineEnds(line)
		switch {
		case i == 0:
		case strings.Trim(line, " \t") == "":
			continue
		case line[0] == ' ' || line[0] == '\t':
			out = append(out, '\n')
		default:
			out = append(out, "\n\t"...)
		}
		out = append(out, line...)
	}
	return string(out)
}

// withoutLineEnds returns a line without the characters that some programs take for its end.
func withoutLineEnds(line string) string {
	kept := make([]byte, 0, len(line))
	for i := range len(line) {
		if !endsLine(line[i]) {
			kept = append(kept, line[i])
		}
	}
	return string(kept)
}
