package attachment

import (
	"strings"
	"time"

	"asterism/message"
)

// programs has the administrator's programs read an attached part.
func (r *reader) programs(p *message.Part, f *File, data []byte) {
	tools := r.limits.Programs
	if tools == nil || tools.Parts > 0 && r.handed >= tools.Parts {
		return
	}
	for _, tool := range tools.For(p.Filename, p.MediaType) {
		if r.total.IsZero() {
			r.total = time.Now().Add(tools.Total)
		}
		until := time.Now().Add(tools.Timeout)
		if until.After(r.total) {
			until = r.total
		}
		text, ok := tools.Text(tool, data, until)
		if !ok {
			continue
		}
		f.Tools = append(f.Tools, tool.Name)
		if link, found := strings.CutPrefix(strings.TrimSpace(text), "QR-Code:"); found { // as zbarimg writes it
			f.Traits |= Code
			r.keepLinks(f, strings.Fields(link))
		}
		r.keepText(f, "\n"+strings.TrimSpace(text))
	}
	r.handed++
}
