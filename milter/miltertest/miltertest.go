// Package miltertest plays the MTA in tests of a milter.
package miltertest

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"strings"
	"testing"
	"time"

	gomilter "github.com/d--j/go-milter"

	"asterism/milter"
)

// Start serves the milter protocol on loopback until the test ends, and returns the address.
func Start(t testing.TB, checker milter.Checker, settings milter.Settings, log *slog.Logger) (
	s *milter.Server, addr string) {
	t.Helper()
	ln, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	if settings.MaxSize == 0 {
		settings.MaxSize = 100 << 10
	}
	s = milter.New(milter.Options{Checker: checker, Settings: settings, Log: log})
	go s.Serve(ln)
	t.Cleanup(func() {
		ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
		defer cancel()
		s.Shutdown(ctx)
	})
	return s, ln.Addr().String()
}

// Send sends a mail from client 192.0.2.7 with an unfolded header, and returns the milter's answer: a line for each
// field that it changes or inserts, and one for its action.
func Send(t testing.TB, addr, raw string) string {
	t.Helper()
	s, err := gomilter.NewClient("tcp", addr, gomilter.WithReadTimeout(time.Minute)).Session(gomilter.NewMacroBag())
	if err != nil {
		t.Fatal(err)
	}
	defer s.Close()
	must := func(_ *gomilter.Action, err error) {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
	}
	must(s.Conn("client.example.net", gomilter.FamilyInet, 4711, "192.0.2.7"))
	must(s.Helo("client.example.net"))
	must(s.Mail("a@example.net", ""))
	must(s.Rcpt("b@example.org", ""))
	must(s.DataStart())
	header, body, _ := strings.Cut(strings.ReplaceAll(raw, "\r\n", "\n"), "\n\n")
	for line := range strings.SplitSeq(header, "\n") {
		name, value, _ := strings.Cut(line, ":")
		must(s.HeaderField(name, value, nil))
	}
	must(s.HeaderEnd())
	must(s.BodyChunk([]byte(strings.ReplaceAll(body, "\n", "\r\n"))))
	changes, action, err := s.End()
	must(nil, err)
	var b strings.Builder
	for _, c := range changes {
		fmt.Fprintf(&b, "%d %s=%q\n", c.HeaderIndex, c.HeaderName, c.HeaderValue)
	}
	names := map[gomilter.ActionType]string{
		gomilter.ActionAccept: "accept", gomilter.ActionTempFail: "tempfail", gomilter.ActionReject: "reject",
	}
	return b.String() + names[action.Type]
}
