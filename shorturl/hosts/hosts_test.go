package hosts

import "testing"

// TestFind: a name stands for its www. host too, ".domain" for all hosts below a domain, and a path for what is below
// it.
func TestFind(t *testing.T) {
	s := New([]string{"one.example", ".all.example", "both.example", "Path.example/Go", "slash.example/go/",
		".deep.example/a/", ".deep.example/b"},
		[]string{"both.example", ".get.example"})
	for _, test := range []struct {
		host, path string
		get, known bool
	}{
		{host: "one.example", known: true},
		{host: "ONE.example.", path: "/x", known: true},
		{host: "www.one.example", known: true},
		{host: "a.one.example"},
		{host: "a.b.all.example", known: true},
		{host: "all.example"},
		{host: "overall.example"},
		{host: "both.example", known: true, get: true},
		{host: "a.get.example", known: true, get: true},
		{host: "path.example", path: "/go", known: true},
		{host: "path.example", path: "/GO/x", known: true},
		{host: "path.example", path: "/gone"},
		{host: "path.example", path: "/"},
		{host: "path.example"},
		{host: "slash.example", path: "/go/", known: true},
		{host: "slash.example", path: "/go"},
		{host: "x.deep.example", path: "/a/1", known: true},
		{host: "x.deep.example", path: "/b", known: true},
		{host: "x.deep.example", path: "/c"},
		{host: ""},
	} {
		if get, known := s.Find(test.host, test.path); get != test.get || known != test.known {
			t.Errorf("%s%s: %v %v", test.host, test.path, get, known)
		}
	}
}
