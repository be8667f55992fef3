package attachment

import (
	"strings"

	"asterism/attachment/budget"
	"asterism/attachment/picture"
)

// Bounds on the search for codes. A mail whose message is a code has few words.
const (
	maxCodes = 3
	fewWords = 1500 // octets of visible text
)

// picture measures a picture, and reads the QR code in it.
func (r *reader) picture(f *File, data []byte) {
	f.Width, f.Height = picture.Size(data)
	if f.Width > 0 && f.Width <= 2 && f.Height > 0 && f.Height <= 2 {
		f.Traits |= Pixel
	}
	if !r.limits.QR || r.codes <= 0 || !picture.MayHoldCode(f.Width, f.Height) ||
		r.budget.Octets(f.Width*f.Height, budget.Decoding) {
		return
	}
	if r.wordy() {
		r.codes = 0
		return
	}
	r.codes--
	text, ok := picture.Code(data)
	if !ok {
		return
	}
	f.Traits |= Code
	r.keepText(f, text)
	if strings.Contains(text, ":") && !strings.ContainsAny(text, " \n") {
		r.keepLinks(f, []string{text})
	}
}

// wordy reports whether the mail itself has much text.
func (r *reader) wordy() bool {
	n := 0
	for _, p := range r.m.Leaves() {
		if p.IsText() && !p.IsAttachment() {
			n = max(n, len(p.Visible()))
		}
	}
	return n > fewWords
}
