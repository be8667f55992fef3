package milter

import (
	"bufio"
	"context"
	"encoding/binary"
	"errors"
	"io"
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	gomilter "github.com/d--j/go-milter"

	"asterism/classifier"
	"asterism/tag"
)

const tagged = "insert X-Spam-Score=\" 6.8 (******) A_TEST\"\naccept"

func TestCheckerGetsTheMailAsItWas(t *testing.T) {
	f := start(t, &checker{}, Options{})
	m := mail{
		from: "alice@example.net", to: []string{"bob@example.org", "carol@example.org"},
		fields: [][2]string{
			{"Subject", "  two spaces"}, {"X-None", "none"}, {"X-Tab", "\ttab"}, {"X-Empty", ""},
			{"X-Fold", " a\n\tb\r\n c"}, {"x-8bit", " gr\xfc\xdf"},
		},
		body: "line\r\n\r\n.\r\nnul\x00bare\nend", chunk: 7,
	}
	if got := m.send(t, f.dial(t)).String(); got != tagged {
		t.Errorf("got %s\nwant %s", got, tagged)
	}
	want := &classifier.Input{
		Raw: []byte("Subject:  two spaces\r\nX-None:none\r\nX-Tab:\ttab\r\nX-Empty:\r\nX-Fold: a\r\n\tb\r\n c\r\n" +
			"x-8bit: gr\xfc\xdf\r\n\r\n" +
			"line\r\n\r\n.\r\nnul\x00bare\nend"),
		HeaderLen: 92,
		Client:    netip.MustParseAddr("192.0.2.7"), ClientName: "client.example.net", Helo: "helo.example.net",
		Sender: "alice@example.net", Recipients: []string{"bob@example.org", "carol@example.org"}, QueueID: "qid1",
	}
	if got := f.checker.inputs()[0]; !reflect.DeepEqual(got, want) {
		t.Errorf("got  %+v\nwant %+v\nraw %q\nwant %q", got, want, got.Raw, want.Raw)
	}
}

func TestMTAThatEatsTheLeadingSpace(t *testing.T) {
	f := start(t, &checker{}, Options{})
	s := f.dial(t, gomilter.WithoutProtocol(gomilter.OptHeaderLeadingSpace))
	got := mail{fields: [][2]string{{"Subject", "hi"}}}.send(t, s).String()
	if want := "insert X-Spam-Score=\"6.8 (******) A_TEST\"\naccept"; got != want {
		t.Errorf("got %s\nwant %s", got, want)
	}
	if raw := string(f.checker.inputs()[0].Raw); raw != "Subject: hi\r\n\r\n" {
		t.Errorf("checked %q", raw)
	}
}

func TestUnverifiedClientNames(t *testing.T) {
	for _, c := range []struct{ name, resolve, want string }{
		{"client.example.net", "OK", "client.example.net"},
		{"Client.Example.NET.", "", "client.example.net"},
		{"client.example.net", "FORGED", ""},
		{"client.example.net", "TEMP", ""},
		{"[192.0.2.7]", "FAIL", ""},
		{"[192.0.2.7]", "", ""},
		{"unknown", "", ""},
	} {
		s := session{}
		s.macros.set(cmdConnect, []byte("{client_resolve}\x00"+c.resolve+"\x00"))
		if err := s.connect([]byte(c.name + "\x004\x00\x19192.0.2.7\x00")); err != nil || s.clientName != c.want {
			t.Errorf("name %q, {client_resolve} %q: got %q, want %q", c.name, c.resolve, s.clientName, c.want)
		}
	}
}

func TestSizeLimit(t *testing.T) {
	f := start(t, &checker{}, Options{Settings: Settings{MaxSize: 1000}})
	header := [][2]string{{"Subject", " hi"}} // 15 bytes with CRLF and the empty line
	for _, c := range []struct {
		name    string
		mail    mail
		options []gomilter.Option
		want    string
		skipped int
	}{
		{"one below", mail{fields: header, body: strings.Repeat("x", 984)}, nil, tagged, 0},
		{"at the limit", mail{fields: header, body: strings.Repeat("x", 985)}, nil, "accept", 1},
		{"in the third chunk", mail{fields: header, body: strings.Repeat("x", 9000), chunk: 400}, nil, "accept", 3},
		{"an MTA without SKIP", mail{fields: header, body: strings.Repeat("x", 9000), chunk: 400},
			[]gomilter.Option{gomilter.WithoutProtocol(gomilter.OptSkip)}, "accept", 0},
		{"header alone one below", mail{fields: [][2]string{{"A", strings.Repeat("x", 993)}}}, nil, tagged, 0},
		{"header alone", mail{fields: [][2]string{{"A", strings.Repeat("x", 994)}}}, nil, "accept", 1},
		{"header alone, and a body", mail{fields: [][2]string{{"A", strings.Repeat("x", 2000)}}, body: "x"}, nil, "accept",
			1},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := c.mail.send(t, f.dial(t, c.options...))
			if r.String() != c.want || r.skipped != c.skipped {
				t.Errorf("got %s, skipped at chunk %d\nwant %s, at chunk %d", r, r.skipped, c.want, c.skipped)
			}
		})
	}
}

func TestForgedVerdictsGoWhateverHappens(t *testing.T) {
	fields := [][2]string{
		{"X-Spam-Score", " -5.0 ()"}, {"Subject", " hi"}, {"x-spam-SCORE", "\n\t-9"}, {"X-Spam-Score ", " 1"},
		{"X-Spam-Scores", " 1"},
	}
	deleted := "change 3 X-Spam-Score=\"\"\nchange 2 X-Spam-Score=\"\"\nchange 1 X-Spam-Score=\"\"\n"
	ok := func(context.Context, *classifier.Input) (*classifier.Verdict, error) { return spam(), nil }
	for _, c := range []struct {
		name     string
		settings Settings
		auth     string
		check    func(context.Context, *classifier.Input) (*classifier.Verdict, error)
		want     string
		log      string
	}{
		{"tagged", Settings{}, "", ok, deleted + tagged, "score=6.8"},
		{"too large", Settings{MaxSize: 50}, "", ok, deleted + "accept", `reason="too large"`},
		{"authenticated, still checked", Settings{}, "bob", ok, deleted + tagged, "auth=bob"},
		{"skip_authenticated", Settings{SkipAuthenticated: true}, "bob", ok, deleted + "accept", "reason=authenticated"},
		{"skip_authenticated, not authenticated", Settings{SkipAuthenticated: true}, "", ok, deleted + tagged, "score=6.8"},
		{"skip_trusted", Settings{SkipTrusted: true, Trusted: documentation}, "", ok, deleted + "accept", "reason=trusted"},
		{"trusted, still checked", Settings{Trusted: documentation}, "", ok, deleted + tagged, "score=6.8"},
		{"failed", Settings{}, "", fails, deleted + "accept", "level=ERROR"},
		{"failed, tempfail", Settings{OnError: Tempfail}, "", fails, "tempfail", "disk on fire"},
		{"panic", Settings{}, "", panics, deleted + "accept", "index out of range"},
		{"panic, tempfail", Settings{OnError: Tempfail}, "", panics, "tempfail", "index out of range"},
		{"no verdict", Settings{}, "", nothing, deleted + "accept", "without a verdict"},
		{"half a verdict", Settings{}, "", half, deleted + "accept", "half way"},
		{"hanging", Settings{CheckTimeout: 20 * time.Millisecond}, "", hangs, deleted + "accept", "not finished within 20ms"},
		{"hanging, tempfail", Settings{CheckTimeout: 20 * time.Millisecond, OnError: Tempfail}, "", hangs, "tempfail",
			"not finished within 20ms"},
	} {
		t.Run(c.name, func(t *testing.T) {
			f := start(t, &checker{check: c.check}, Options{Settings: c.settings})
			got := mail{fields: fields, body: "x"}.send(t, f.dialAs(t, c.auth)).String()
			if got != c.want {
				t.Errorf("got %s\nwant %s", got, c.want)
			}
			log := f.log.String()
			if !strings.Contains(log, c.log) || strings.Count(log, "\n") != 1 || !strings.Contains(log, "qid=qid1") {
				t.Errorf("want one log line with %q and the queue id, got:\n%s", c.log, log)
			}
		})
	}
}

// TestInternationalMail: that the client said SMTPUTF8 is passed on.
func TestInternationalMail(t *testing.T) {
	for args, want := range map[string]bool{"": false, "SIZE=100 BODY=8BITMIME": false, "SIZE=100 smtputf8": true,
		"SMTPUTF8": true} {
		f := start(t, &checker{}, Options{})
		mail{from: "jürgen@bücher.example", args: args, body: "x"}.send(t, f.dial(t))
		if in := f.checker.inputs()[0]; in.UTF8 != want || in.Sender != "jürgen@bücher.example" {
			t.Errorf("%q: %+v", args, in)
		}
	}
}

// TestForgedResults: the fields in the site's name are deleted by the places at which the MTA counts them.
func TestForgedResults(t *testing.T) {
	fields := [][2]string{
		{"Authentication-Results", " other.example; dmarc=pass"}, {"Authentication-Results",
			" (x) mx.our.example; dmarc=pass"},
		{"Subject", " hi"}, {"authentication-results", "\n\t\"mx.our.example\"; dmarc=pass"}, {"Authentication-Results ",
			" MX.our.example\t1;dmarc=pass"},
		{"X-Authentication-Results", " mx.our.example; dmarc=pass"}, {"Authentication-Results",
			" mx.our.example.evil.com; dmarc=pass"},
	}
	deleted := "change 4 Authentication-Results=\"\"\nchange 3 Authentication-Results=\"\"\n" +
		"change 2 Authentication-Results=\"\"\n"
	for _, c := range []struct {
		name     string
		settings Settings
		auth     string
		want     string
	}{
		{"checked", Settings{Tags: tag.Options{Authserv: "mx.our.example"}}, "", deleted + tagged},
		{"not checked", Settings{Tags: tag.Options{Authserv: "mx.our.example"}, SkipAuthenticated: true}, "bob", deleted +
			"accept"},
		{"believed", Settings{Tags: tag.Options{Authserv: "mx.our.example", Believed: []string{"mx.our.example"}}}, "",
			tagged},
		{"none added", Settings{}, "", tagged},
	} {
		f := start(t, &checker{}, Options{Settings: c.settings})
		if got := (mail{fields: fields, body: "x"}).send(t, f.dialAs(t, c.auth)).String(); got != c.want {
			t.Errorf("%s: got %s\nwant %s", c.name, got, c.want)
		}
	}
}

func documentation(a netip.Addr) bool { return netip.MustParsePrefix("192.0.2.0/24").Contains(a) }

func fails(context.Context, *classifier.Input) (*classifier.Verdict, error) {
	return nil, errors.New("disk on fire")
}

func half(context.Context, *classifier.Input) (*classifier.Verdict, error) {
	return spam(), errors.New("stopped half way")
}

func nothing(context.Context, *classifier.Input) (*classifier.Verdict, error) { return nil, nil }

func panics(_ context.Context, in *classifier.Input) (*classifier.Verdict, error) {
	_ = in.Raw[len(in.Raw)]
	return spam(), nil
}

func hangs(context.Context, *classifier.Input) (*classifier.Verdict, error) {
	time.Sleep(200 * time.Millisecond) // deaf to its context
	return spam(), nil
}

// The last piece of a body may come with the end of the mail.
func TestBodyInTheLastPacket(t *testing.T) {
	f := start(t, &checker{}, Options{})
	conn := begin(t, f, mailPacket+rcptPacket+fieldPacket+eohPacket+packet('B', "one ")+packet('E', "two"))
	replies := bufio.NewReader(conn)
	for _, want := range []byte("Ocia") { // to the negotiation, to the body, the field, and the end
		if got := readReply(t, replies); got != want {
			t.Fatalf("got reply %q, want %q", got, want)
		}
	}
	if raw := string(f.checker.inputs()[0].Raw); raw != "A:b\r\n\r\none two" {
		t.Errorf("checked %q", raw)
	}
}

// Where mails of any size are checked, the MTA does not wait for replies to the body.
func TestRepliesToTheBody(t *testing.T) {
	for name, c := range map[string]struct {
		settings Settings
		replies  string
	}{
		"some mails are too large":           {Settings{MaxSize: 100 << 10}, "Occia"},
		"none is":                            {Settings{MaxSize: wholeMails}, "Oia"},
		"some clients' mails are not wanted": {Settings{MaxSize: wholeMails, SkipAuthenticated: true}, "Occia"},
	} {
		t.Run(name, func(t *testing.T) {
			f := start(t, &checker{}, Options{Settings: c.settings})
			conn := begin(t, f, mailPacket+rcptPacket+fieldPacket+eohPacket+bodyPacket+bodyPacket+endPacket)
			replies := bufio.NewReader(conn)
			for _, want := range []byte(c.replies) {
				if got := readReply(t, replies); got != want {
					t.Fatalf("got reply %q, want %q of %q", got, want, c.replies)
				}
			}
			if raw := string(f.checker.inputs()[0].Raw); raw != "A:b\r\n\r\nxx" {
				t.Errorf("checked %q", raw)
			}
		})
	}
}

// readReply reads a packet from the milter and returns its code.
func readReply(t *testing.T, from *bufio.Reader) byte {
	t.Helper()
	head := make([]byte, 5)
	if _, err := io.ReadFull(from, head); err != nil {
		t.Fatal(err)
	}
	if _, err := from.Discard(int(binary.BigEndian.Uint32(head)) - 1); err != nil {
		t.Fatal(err)
	}
	return head[4]
}
