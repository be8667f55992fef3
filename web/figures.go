package web

import "asterism/web/html"

func (v *visit) figures() error { return v.write("Figures", func(h *html.Writer) {}) }

// testRecord returns how often tests hit, and of which time.
func (v *visit) testRecord() (map[string]hits, string) {
	record := map[string]hits{}
	for _, t := range v.opt.Status().Tests {
		record[t.Name] = hits{t.Ham, t.Spam}
	}
	return record, "since the daemon’s start"
}
