package rules

import (
	"slices"
	"testing"

	"asterism/config"
	"asterism/data"
	"asterism/message"
)

// TestDeferred asks whether metas come out right whose rules are tried only when needed.
func TestDeferred(t *testing.T) {
	cfg, problems := config.Load(config.Sources{})
	problems = append(problems, cfg.Parse("test", []byte(`
body __RIVER /\briver of gold\b/
body __MOUNTAIN /\bmountain(?= of salt)/
body __NEVER /\brivers of mud\b/
header __SUBJ Subject =~ /\bharbour\b/
uri __LINK /harbour\.example/
meta __EITHER __NEVER || __MOUNTAIN
meta BOTH __RIVER && __EITHER
meta NOT_ALL __RIVER && !(__NEVER && __SUBJ)
meta SUM __RIVER + __MOUNTAIN + __NEVER + __SUBJ + __LINK >= 4
meta MISSED __NEVER && __RIVER
meta DIFFERENCE __RIVER - __NEVER == 1
meta UNTOUCHED !__NEVER
`))...)
	set, more := Compile(cfg, nil)
	if problems = append(problems, more...); len(problems) > 0 {
		t.Fatal(problems)
	}
	sc := set.Begin(message.Parse([]byte("From: a@b.example\nSubject: harbour\n\nA river of gold, a mountain of "+
		"salt.\n\nhttp://harbour.example/\n")), &Envelope{})
	defer sc.Close()
	sc.RunLocal()
	var got []string
	for _, h := range sc.Finish() {
		got = append(got, h.Name)
	}
	if want := []string{"BOTH", "NOT_ALL", "SUM", "DIFFERENCE", "UNTOUCHED"}; !slices.Equal(got, want) {
		t.Errorf("hits %v, want %v", got, want)
	}
	if sub, want := sc.SubHits(), []string{"__RIVER", "__MOUNTAIN", "__SUBJ", "__LINK", "__EITHER"}; !slices.Equal(sub,
		want) {
		t.Errorf("sub-rules %v, want %v", sub, want)
	}
}

// BenchmarkScan matches the shipped rules against a letter of some paragraphs.
func BenchmarkScan(b *testing.B) {
	cfg, _ := config.Load(config.Sources{Defaults: data.Default()})
	set, _ := Compile(cfg, nil)
	raw := []byte("Received: from mx.example.org (mx.example.org [192.0.2.1]) by mail.example.net with ESMTP id 1; Mon, " +
		"2 Nov 2026 10:00:00 +0100\n" +
		"From: Ann <ann@example.org>\nTo: bob@example.net\nSubject: the garden\nDate: Mon, 2 Nov 2026 10:00:00 " +
		"+0100\nMessage-ID: <1@example.org>\n\n")
	for range 20 {
		raw = append(raw, "Would you like to see what we have planted this year? You can find the list of what is new at "+
			"http://example.org/garden,\nand you are free to come over any day of the week.\n\n"...)
	}
	b.ReportAllocs()
	for b.Loop() {
		sc := set.Begin(message.Parse(raw), &Envelope{})
		sc.RunLocal()
		sc.Finish()
		sc.Close()
	}
}
