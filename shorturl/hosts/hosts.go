// Package hosts says which links are those of services, by their host and path.
package hosts

import "strings"

// Set is services. Names are hosts, which stand for their www. host too, or ".domain", which stands for all hosts
// below a domain. A path behind them stands for itself and what is below it, or with a slash at its end for the latter
// only. The case of letters does not matter.
type Set struct{ paths map[string][]path }

type path struct {
	text string // in lower case; "" is any
	get  bool
}

// New returns services. Those of the second list are asked by GET, be they in the first or not.
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

// Find says whether a link is a service's, and whether it is to be asked by GET.
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
