package milter

import (
	"fmt"
	"math"
	"strings"
	"testing"

	"asterism/policy"
	"asterism/quarantine"
)

// kept is a server whose policy puts spam into a quarantine.
func kept(t *testing.T, onError OnError) (*fixture, *quarantine.Dir) {
	t.Helper()
	dir := quarantine.At(t.TempDir())
	if err := dir.Create(); err != nil {
		t.Fatal(err)
	}
	never := math.Inf(1)
	set := &policy.Set{Site: policy.Policy{RejectScore: never, DiscardScore: never, QuarantineScore: 5,
		QuarantineDir: true,
		RedirectScore: never, CopyScore: never}}
	return start(t, &checker{}, Options{Settings: Settings{Policy: set, Quarantine: dir, OnError: onError}}), dir
}

func TestQuarantineKeepsTheMailAsItWas(t *testing.T) {
	f, dir := kept(t, Accept)
	m := mail{from: "a@example.net", to: []string{"b@example.org", "c@example.org"},
		fields: [][2]string{{"X-Spam-Score", " 0"}, {"A", "\tb\n c"}},
		body:   "x\r\n\x00\xff\r\n"}
	if got := m.send(t, f.dialAs(t, "bob")).String(); got != "discard" {
		t.Errorf("the MTA is told %q, want %q", got, "discard")
	}
	items, err := dir.List()
	if err != nil || len(items) != 1 {
		t.Fatalf("%d mails in the quarantine, %v", len(items), err)
	}
	raw, err := dir.Message(items[0].ID)
	if want := "X-Spam-Score: 0\r\nA:\tb\r\n c\r\n\r\nx\r\n\x00\xff\r\n"; err != nil || string(raw) != want {
		t.Errorf("kept %q, %v, want %q", raw, err, want)
	}
	e := items[0].Envelope
	got := fmt.Sprint(e.Sender, e.Recipients, e.Client, e.ClientName, e.Helo, e.AuthUser, e.QueueID, items[0].Verdict)
	if want := "a@example.net[b@example.org c@example.org]192.0.2.7client.example.nethelo.example.netbobqid1{6.8 5 " +
		"[{A_TEST 6.8  }]}"; strings.ReplaceAll(got, " 192", "192") != want {
		t.Errorf("kept with %s\nwant %s", got, want)
	}
	if log := f.log.String(); !strings.Contains(log, "action=quarantine") ||
		!strings.Contains(log, "quarantine="+items[0].ID) {
		t.Errorf("the log:\n%s", log)
	}
}

// TestTooManyRecipientsForTheQuarantine: a mail of which not all recipients are known is not taken from the MTA.
func TestTooManyRecipientsForTheQuarantine(t *testing.T) {
	m := mail{from: "a@example.net"}
	for i := range 5 {
		m.to = append(m.to, strings.Repeat("x", maxEnvelope/4)+fmt.Sprint(i)+"@example.org")
	}
	for onError, want := range map[OnError]string{Accept: tagged, Tempfail: "tempfail"} {
		f, dir := kept(t, onError)
		if got := m.send(t, f.dial(t)).String(); got != want {
			t.Errorf("on error %d: %s, want %s", onError, got, want)
		}
		if items, err := dir.List(); err != nil || len(items) != 0 {
			t.Errorf("%d mails in the quarantine, %v", len(items), err)
		}
	}
}

func TestReleasedMailsPass(t *testing.T) {
	f, dir := kept(t, Accept)
	raw := "Subject: hi\r\n\r\nbody\r\n"
	genuine, err := dir.Pass("released 1", []byte(raw))
	if err != nil {
		t.Fatal(err)
	}
	shown, _, _ := strings.Cut(genuine, ";\n\tkey=")
	field := func(value string) [2]string { return [2]string{"X-Spam-Quarantine", " " + value} }
	for _, c := range []struct {
		name   string
		fields [][2]string
		body   string
		want   string
	}{
		{"genuine", [][2]string{field(genuine), {"Subject", " hi"}}, "body\r\n", "change 1 X-Spam-Quarantine=\" " + shown +
			"\"\naccept"},
		{"behind a forged one", [][2]string{field("released by me"), field(genuine)}, "body\r\n",
			"change 2 X-Spam-Quarantine=\"\"\nchange 1 X-Spam-Quarantine=\" " + shown + "\"\naccept"},
		{"on another mail", [][2]string{field(genuine)}, "another body\r\n", "discard"},
		{"forged", [][2]string{field("released 1; today; key=x")}, "body\r\n", "discard"},
	} {
		if got := (mail{fields: c.fields, body: c.body}).send(t, f.dial(t)).String(); got != c.want {
			t.Errorf("%s: %s\nwant %s", c.name, got, c.want)
		}
	}
	f.Configure(Settings{MaxSize: 1000, Quarantine: dir})
	got := mail{fields: [][2]string{field("released 1; today; key=x")}}.send(t, f.dial(t)).String()
	if want := "change 1 X-Spam-Quarantine=\"\"\n" + tagged; got != want {
		t.Errorf("forged, and delivered: %s\nwant %s", got, want)
	}
}
