package dnsbl_test

import (
	"net/netip"
	"strings"
	"testing"

	"asterism/dnsbl"
	"asterism/dnsbl/dnstest"
)

// TestFound: what lists answered is kept under the names that were asked for, each once.
func TestFound(t *testing.T) {
	srv := dnstest.Start(t,
		"9.2.3.8.l.example. A 127.0.0.2\n9.2.3.8.l.example. A 127.0.0.4\n9.2.3.8.none.example. A 8.8.8.8\n")
	c := newChecks(t, srv, dnsbl.Options{}, eval("A", "check_rbl", "a", "l.example."), eval("B", "check_rbl", "b",
		"l.example."),
		eval("C", "check_rbl", "c", "none.example."))
	ip := []netip.Addr{netip.MustParseAddr("8.3.2.9")}
	got := strings.Join(c.Start(t.Context(), &dnsbl.Query{Untrusted: ip, External: ip}).Wait().Found, " ")
	if want := "<dns:9.2.3.8.l.example> [127.0.0.2, 127.0.0.4]"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
