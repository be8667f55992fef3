package brand

import (
	"slices"
	"strings"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"

	"asterism/message"
)

// affixes are what is put before or behind a firm's name to make a domain that sounds like its own, as skeletons.
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
// firm's own.
func (l *List) Poses(host string) *Brand {
	domain := Domain(host)
	if domain == "" || l.Owner(host) != nil {
		return nil
	}
	label, suffix, _ := strings.Cut(domain, ".")
	if b := l.poses(label, suffix); b != nil {
		return b
	}
	// A firm's whole domain in front of another: paypal.com.example.top; or its name with something tied to it.
	labels := strings.Split(strings.TrimSuffix(strings.TrimSuffix(host, domain), "."), ".")
	for i, sub := range labels {
		if b := l.labels[skeleton(unpuny(sub))]; b != nil && i+1 < len(labels) && isTopLevel(labels[i+1]) {
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
	if b := l.labels[skeleton(plain)]; b != nil {
		if plain == label && l.isOwnSpelling(label, b) && longStanding(suffix) {
			return nil // somebody's domain of that very name: the firm's in all likelihood
		}
		return b
	}
	parts := strings.FieldsFunc(plain, func(r rune) bool { return r == '-' || r == ' ' || '0' <= r && r <= '9' })
	if len(parts) > 1 {
		for i, p := range parts {
			if b := l.labels[skeleton(p)]; b != nil {
				return b
			}
			if i+1 < len(parts) {
				if b := l.labels[skeleton(p+parts[i+1])]; b != nil {
					return b
				}
			}
		}
	}
	for _, p := range parts {
		p = skeleton(p)
		for i := glance; i <= len(p)-2; i++ {
			if b := l.labels[p[:i]]; b != nil && affixes[p[i:]] {
				return b
			}
			if b := l.labels[p[len(p)-i:]]; b != nil && affixes[p[:len(p)-i]] {
				return b
			}
		}
	}
	return l.slip(skeleton(plain))
}

// isOwnSpelling says whether the label is written as the firm writes itself, not only to look like it.
func (l *List) isOwnSpelling(label string, b *Brand) bool {
	return l.own[label] == b || strings.Join(Words(b.Name), "") == label
}

// slip finds a firm whose name differs from the label by one letter. Short names have too many honest neighbours.
func (l *List) slip(label string) *Brand {
	const short = 8
	if len(label) < short {
		return nil
	}
	for known, b := range l.labels {
		if len(known) >= short && known[0] == label[0] && oneSlip(known, label) {
			return b
		}
	}
	return nil
}

// oneSlip says whether b is a with one letter inserted, deleted or replaced, or two neighbours swapped.
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
