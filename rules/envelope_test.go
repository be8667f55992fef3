package rules

import (
	"testing"

	"asterism/message"
)

// TestMatchingEnvelope compares addresses as the DNS has their domains.
func TestMatchingEnvelope(t *testing.T) {
	s, _ := compile(t, "header SAME eval:check_for_matching_env_and_hdr_from()\n")
	for _, c := range []struct{ from, envelope, want string }{
		{"Joe@Example.org", "joe@example.ORG", "SAME"}, {"jürgen@bücher.example", "jürgen@xn--bcher-kva.example", "SAME"},
		{"joe@example.org", "joe@example.com", ""}, {"joe@example.org", "ann@example.org", ""}, {"joe@example.org", "", ""},
	} {
		mail := "Return-Path: <" + c.envelope + ">\nFrom: <" + c.from + ">\nSubject: s\n\nx\n"
		if got := hits(s, mail); got != c.want {
			t.Errorf("%+v: %q", c, got)
		}
	}
}

// TestKnownEnvelope: where the MTA has told sender and recipients, the fields in which MTAs note them count for
// nothing.
func TestKnownEnvelope(t *testing.T) {
	s, problems := compile(t, `
blocklist_from *@liar.example
all_spam_to abuse@our.example
header FROM eval:check_from_in_blocklist()
header TO eval:check_to_in_all_spam()
header ENVELOPE EnvelopeFrom =~ /liar/
`)
	if len(problems) > 0 {
		t.Fatal(problems)
	}
	mail := "Return-Path: <a@liar.example>\nX-Envelope-From: <a@liar.example>\nEnvelope-Sender: " +
		"<a@liar.example>\nDelivered-To: abuse@our.example\n" +
		"X-Original-To: abuse@our.example\nReceived: from a.example (a.example [192.0.2.1]) by b.example (Postfix) with " +
		"SMTP id AAAA for <abuse@our.example>; x\n" +
		"From: <joe@example.org>\nTo: <joe@our.example>\nSubject: s\n\nx\n"
	for _, c := range []struct {
		name string
		env  Envelope
		want int
	}{
		{"nothing known", Envelope{}, 3},
		{"null sender", Envelope{Recipients: []string{"joe@our.example"}}, 0},
		{"another sender", Envelope{Sender: "joe@example.org", Recipients: []string{"joe@our.example"}}, 0},
		{"those themselves", Envelope{Sender: "a@liar.example", Recipients: []string{"abuse@our.example"}}, 3},
	} {
		sc := s.Begin(message.Parse([]byte(mail)), &c.env)
		sc.RunLocal()
		if got := sc.Finish(); len(got) != c.want {
			t.Errorf("%s: %+v", c.name, got)
		}
	}
}
