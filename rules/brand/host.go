package brand

import (
	"slices"
	"sort"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"asterism/message"
)

// affixes are words before or after a firm's name in domains that sound like its own, as skeletons.
var affixes = skeletons(`
	account accounts admin alert alerts app auth bank billing care center check claim client
	cloud confirm contact customer delivery desk docs email express free gift group help helpdesk home id info invoice
	login mail member my net notice notify now office official online order pay payment portal post prime promo refund
	reset rewards safe secure security service services shipping shop sign signin site store support system team track
	tracking update updates us user verify wallet web webmail`)

func skeletons(words string) map[string]bool {
	set := map[string]bool{}
	for w := range strings.FieldsSeq(words) {
		set[skeleton(w)] = true
	}
	return set
}

// Domain returns the registered part of a host name (lower case), as message.RegistrableDomain does. Of names under a
// top-level domain that is not known it is the last two labels.
func Domain(host string) string {
	domain := message.RegistrableDomain(host)
	if domain != "" || strings.IndexByte(host, '.') < 0 || host[len(host)-1] <= '9' {
		return domain
	}
	if suffix, icann := publicsuffix.PublicSuffix(host); icann || strings.IndexByte(suffix, '.') >= 0 {
		return "" // a public suffix itself
	}
	before := strings.LastIndexByte(host[:strings.LastIndexByte(host, '.')], '.')
	return host[before+1:]
}

// Poses returns the firm that a host (lower case, ASCII) is made to be taken for, or nil if there is none or it is the
// firm's own; domain is the host's Domain.
func (l *List) Poses(host, domain string) *Brand {
	if domain == "" || l.Owner(host, domain) != nil {
		return nil
	}
	label, suffix, _ := strings.Cut(domain, ".")
	if b := l.poses(label, suffix); b != nil {
		return b
	}
	// A firm's whole domain in front of another: paypal.com.example.top; or its name with something tied to it.
	if host == domain {
		return nil
	}
	labels := strings.Split(strings.TrimSuffix(strings.TrimSuffix(host, domain), "."), ".")
	for i, sub := range labels {
		if b := l.label(unpuny(sub)); b != nil && i+1 < len(labels) && isTopLevel(labels[i+1]) {
			return b
		}
		if strings.Contains(sub, "-") {
			if b := l.poses(sub, suffix); b != nil {
				return b
			}
		}
	}
	return nil
}

func isTopLevel(label string) bool {
	return len(label) == 2 || slices.Contains([]string{"com", "net", "org", "gov"}, label)
}

// poses judges one label: the name itself where it does not belong, the name tied to other words, or a slip of the pen.
func (l *List) poses(label, suffix string) *Brand {
	plain := unpuny(label)
	if b := l.label(plain); b != nil {
		if plain == label && l.isOwnSpelling(label, b) && longStanding(suffix) {
			return nil // somebody's domain of that very name: the firm's in all likelihood
		}
		return b
	}
	parts := []string{plain}
	if strings.ContainsAny(plain, "- 0123456789") {
		parts = strings.FieldsFunc(plain, func(r rune) bool { return r == '-' || r == ' ' || '0' <= r && r <= '9' })
	}
	if len(parts) > 1 {
		for i, p := range parts {
			if b := l.label(p); b != nil {
				return b
			}
			if i+1 < len(parts) {
				if b := l.label(p + parts[i+1]); b != nil {
					return b
				}
			}
		}
	}
	var space [64]byte
	for _, part := range parts {
		p := appendSkeleton(space[:0], part)
		before := l.starts.has(p)
		for i := glance; i <= len(p)-2; i++ {
			if before {
				if b := l.labels[string(p[:i])]; b != nil && affixes[string(p[i:])] {
					return b
				}
			}
			if l.starts.has(p[len(p)-i:]) {
				if b := l.labels[string(p[len(p)-i:])]; b != nil && affixes[string(p[:len(p)-i])] {
					return b
				}
			}
		}
	}
	return l.slip(appendSkeleton(space[:0], plain))
}

// label returns the firm whose name a label looks like.
func (l *List) label(label string) *Brand {
	var space [64]byte
	if look := appendSkeleton(space[:0], label); l.starts.has(look) {
		return l.labels[string(look)]
	}
	return nil
}

// isOwnSpelling reports whether the label is written as the firm writes itself, not only to look like it.
func (l *List) isOwnSpelling(label string, b *Brand) bool {
	return l.own[label] == b || strings.Join(Words(b.Name), "") == label
}

// longLabel is the length from which on a name that differs by one letter is a slip of the pen, or made to look like
// one. Shorter names have too many honest neighbours.
const longLabel = 8

// slip finds a firm whose name differs from the label by one letter.
func (l *List) slip(label []byte) *Brand {
	if len(label) < longLabel {
		return nil
	}
	text := string(label)
	first := sort.Search(len(l.long), func(i int) bool { return l.long[i][0] >= label[0] })
	for _, known := range l.long[first:] {
		if known[0] != label[0] {
			return nil
		}
		if n := len(known) - len(label); -1 <= n && n <= 1 && oneSlip(known, text) {
			return l.labels[known]
		}
	}
	return nil
}

// oneSlip reports whether b is a with one letter inserted, deleted or replaced, or two neighbours swapped.
func oneSlip(a, b string) bool {
	if len(a) > len(b) {
		a, b = b, a
	}
	if len(b)-len(a) > 1 {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	if len(a) < len(b) {
		return a[i:] == b[i+1:]
	}
	if i == len(a) {
		return false // equal
	}
	return a[i+1:] == b[i+1:] || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
}

// unpuny returns a label as it is shown, folded into Latin letters.
func unpuny(label string) string {
	if strings.HasPrefix(label, "xn--") {
		if shown, err := idna.Punycode.ToUnicode(label); err == nil {
			return strings.Join(Words(shown), "-")
		}
	}
	return label
}
