// Package hosts finds the links of services, by their host and path.
package hosts

import "strings"

// Set is a set of services. Names are hosts, which include their www. host, or ".domain" for all hosts below a domain.
// A path after the name includes all paths below it; with a final slash it means only these. Case does not matter.
type Set struct{ paths map[string][]path }

type path struct {
	text string // in lower case; "" is any
	get  bool
}

// New returns services. Services of the second list are queried by GET, whether they are in the first or not.
func New(names, get []string) *Set {
	s := &Set{make(map[string][]path)}
	for _, name := range get {
		s.add(name, true)
	}
	for _, name := range names {
		s.add(name, false)
	}
	return s
}

func (s *Set) add(name string, get bool) {
	name = strings.ToLower(name)
	host, text := name, ""
	if i := strings.IndexByte(name, '/'); i >= 0 {
		host, text = name[:i], name[i:]
	}
	s.paths[host] = append(s.paths[host], path{text, get})
}

// Find reports whether a link belongs to a service, and whether it needs GET.
func (s *Set) Find(host, at string) (get, known bool) {
	host, at = strings.ToLower(strings.TrimSuffix(host, ".")), strings.ToLower(at)
	if get, known = s.named(host, at); known {
		return get, true
	}
	if get, known = s.named(strings.TrimPrefix(host, "www."), at); known {
		return get, true
	}
	for i := range len(host) {
		if host[i] != '.' {
			continue
		}
		if get, known = s.named(host[i:], at); known {
			return get, true
		}
	}
	return false, false
}

func (s *Set) named(name, at string) (get, known bool) {
	for _, p := range s.paths[name] {
		if p.covers(at) {
			return p.get, true
		}
	}
	return false, false
}

func (p *path) covers(at string) bool {
	rest, within := strings.CutPrefix(at, p.text)
	return within && (p.text == "" || rest == "" || rest[0] == '/' || strings.HasSuffix(p.text, "/"))
}
