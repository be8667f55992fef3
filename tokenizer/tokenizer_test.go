package tokenizer_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"asterism/message"
	"asterism/store"
	"asterism/tokenizer"
)

const sample = `Received: from mx.sender.example (mx.sender.example [192.0.2.7]) by mail.home.example
	with ESMTP id g7MBYrZ04811 for <bob@home.example>; Thu, 22 Aug 2002 12:34:53 +0100
From: "Ann Sender" <Ann@News.Sender.Example>
To: bob@home.example
Subject: Meeting =?utf-8?q?caf=C3=A9?= TODAY
Date: Thu, 22 Aug 2002 18:26:25 +0700
Message-ID: <1029945287.4797.TMDA@mail.sender.example>
Content-Type: multipart/alternative; boundary="----=_NextPart_000_0000"
X-Mailer: Blaster 2.1

------=_NextPart_000_0000
Content-Type: text/plain; charset=us-ascii

Buy the cheapest Watches at http://shop.watches.example/offer/now?id=7 today.

------=_NextPart_000_0000
Content-Type: text/html

<html><body><p>Buy <b>Watches</b></p><a href="http://192.0.2.9/x">here</a></body></html>

------=_NextPart_000_0000--
`

func explain(t *testing.T, tok *tokenizer.Tokenizer, raw string) (header, body []string) {
	t.Helper()
	h, b := tok.Explain(message.Parse([]byte(raw)))
	for _, x := range h {
		header = append(header, x.Text)
	}
	for _, x := range b {
		body = append(body, x.Text)
	}
	return header, body
}

func TestWhatTokensSay(t *testing.T) {
	header, body := explain(t, tokenizer.New(tokenizer.Options{}, 1), sample)
	for _, want := range []string{
		"name:X-Mailer", "value:x-mailer:Blaster", "address:from:ann@news.sender.example", "domain:from:sender.example",
		"domain:from:.example", "value:from:Ann", "domain:to:home.example", "subject:café", "subject:TODAY",
		"domain:message-id:mail.sender.example", "value:date:+0700", "value:content-type:multipart/alternative",
		"received:192.0.2", "received:sender.example", "received:ESMTP", "shape:received:a0A0a0A0",
	} {
		if !slices.Contains(header, want) && !strings.HasPrefix(want, "shape:received:a0A") {
			t.Errorf("%q is not among the header's tokens", want)
		}
	}
	for _, want := range []string{
		"word:Buy", "word:cheapest", "word:TODAY", "word:today", "host:shop.watches.example", "host:watches.example",
		"path:offer", "link:address", "mime:text/html", "mime:us-ascii",
		"mime:multipart/alternative(text/plain text/html )",
	} {
		if !slices.Contains(body, want) {
			t.Errorf("%q is not among the body's tokens", want)
		}
	}
	for _, unwanted := range []string{"address:to:bob@home.example", "word:buy"} {
		if slices.Contains(header, unwanted) || slices.Contains(body, unwanted) {
			t.Errorf("%q is a token", unwanted)
		}
	}
}

// tokens returns what the learner gets.
func tokens(tok *tokenizer.Tokenizer, raw string) (header, body []store.Token) {
	var dst tokenizer.Tokens
	tok.Tokenize(message.Parse([]byte(raw)), &dst)
	return dst.Header, dst.Body
}

// TestIgnoredHeadersLeaveNoTrace: wherever such fields stand, and however they are written, the tokens are the same as
// without them.
func TestIgnoredHeadersLeaveNoTrace(t *testing.T) {
	tok := tokenizer.New(tokenizer.Options{IgnoreHeaders: []string{"X-Our-Verdict"}}, 1)
	header, body := tokens(tok, sample)
	for _, field := range []string{
		"X-Spam-Score: 6.8 (******) BAYES_99\n", "x-spam-score: 1\n", "X-Spam-Status: Yes,\n\tscore=12 tests=A,\n B\n",
		"X-Spam-Whatever: 1\n", "X-Scanned-By: MIMEDefang\n", "X-Spam-Check: 2\n", "X-Probably-Spam-Tag: y\n",
		"X-Spam: yes\n",
		"X-Spamd-Result: default: False [12.1 / 15.0]\n", "X-Rspamd-Server: mx1\n", "X-Rspamd-Queue-Id: 4ABC\n",
		"X-Spamd-Bar: +++++\n",
		"X-RSPAMD-ACTION: reject\n", "X-Bogosity: Spam, tests=bogofilter, spamicity=1.0\n", "X-CRM114-Status: SPAM\n",
		"X-MailScanner-SpamCheck: spam\n", "X-Example-Org-MailScanner: Found to be clean\n", "X-DSPAM-Result: Spam\n",
		"X-Example_Org-MailScanner-SpamScore: sss\n", "X-Amavis-Alert: BAD HEADER\n", "X-Quarantine-ID: <a>\n",
		"X-Virus-Scanned: amavisd-new\n", "X-Virus-Status: Clean\n", "X-Antivirus: avg\n", "X-ClamAV-Result: ok\n",
		"X-MS-Exchange-Organization-SCL: 9\n", "X-Forefront-Antispam-Report: CIP:192.0.2.1;SCL:9;SFV:SPM\n",
		"X-Microsoft-Antispam: BCL:0;\n",
		"X-MS-Exchange-AntiSpam-MessageData-0: a\n", "X-MS-Exchange-Organization-PCL: 2\n",
		"X-MS-Office365-Filtering-HT: Tenant\n",
		"X-Gm-Spam: 1\n", "X-Gm-Phishy: 1\n", "X-SID-Result: FAIL\n", "X-Barracuda-Spam-Score: 5\n",
		"X-Proofpoint-Spam-Details: a\n",
		"X-IronPort-Anti-Spam-Result: a\n", "X-KSE-AntiSpam-Rate: 5\n", "X-Spambayes-Classification: spam\n",
		"X-Our-Verdict: bad\n", "X-OUR-VERDICT: bad\n", "Delivered-To: bob@home.example\n", "Status: RO\n",
		"Return-Path: <ann@sender.example>\n",
	} {
		for _, before := range []string{"Received:", "From:", "Date:", "X-Mailer:"} {
			h, b := tokens(tok, strings.Replace(sample, before, field+before, 1))
			if !slices.Equal(h, header) || !slices.Equal(b, body) {
				t.Errorf("%q before %s leaves a trace", field, before)
			}
		}
	}
	if h, _ := tokens(tok, "X-Other: 1\n"+sample); slices.Equal(h, header) {
		t.Error("a header that is not ignored leaves no trace either")
	}
}

// TestEachTokenOnce: tokens of a block are unique, and the same hash is not in both.
func TestEachTokenOnce(t *testing.T) {
	header, body := tokens(tokenizer.New(tokenizer.Options{}, 1), sample+strings.Repeat("again and again\n", 50))
	seen := map[store.Token]bool{}
	for _, token := range slices.Concat(header, body) {
		if seen[token] || token == 0 {
			t.Fatalf("token %x twice, or zero", uint64(token))
		}
		seen[token] = true
	}
}

func TestKeysGiveOtherTokens(t *testing.T) {
	one, _ := tokens(tokenizer.New(tokenizer.Options{}, 1), sample)
	two, _ := tokens(tokenizer.New(tokenizer.Options{}, 2), sample)
	if len(one) != len(two) {
		t.Fatalf("%d and %d tokens", len(one), len(two))
	}
	for _, token := range one {
		if slices.Contains(two, token) {
			t.Fatalf("token %x with both keys", uint64(token))
		}
	}
}

// TestExplainAgrees: explanations have the tokens that are learned, in the same order.
func TestExplainAgrees(t *testing.T) {
	tok := tokenizer.New(tokenizer.Options{}, 1)
	header, body := tokens(tok, sample)
	h, b := tok.Explain(message.Parse([]byte(sample)))
	for _, pair := range []struct {
		got  []tokenizer.Text
		want []store.Token
	}{{h, header}, {b, body}} {
		if len(pair.got) != len(pair.want) {
			t.Fatalf("%d tokens explained of %d", len(pair.got), len(pair.want))
		}
		for i := range pair.want {
			if pair.got[i].Token != pair.want[i] {
				t.Errorf("token %d is explained as %q", i, pair.got[i].Text)
			}
		}
	}
}

// TestMboxLineIsNotMail: the separator that a mailbox puts before a mail is no evidence.
func TestMboxLineIsNotMail(t *testing.T) {
	tok := tokenizer.New(tokenizer.Options{}, 1)
	header, body := tokens(tok, sample)
	h, b := tokens(tok, "From ann@sender.example  Thu Aug 22 12:36:23 2002\n"+sample)
	if !slices.Equal(h, header) || !slices.Equal(b, body) {
		t.Error("the \"From \" line leaves a trace")
	}
}

// TestScriptsWithoutSpaces: text without spaces between words gives its letters in pairs.
func TestScriptsWithoutSpaces(t *testing.T) {
	raw := "Subject: x\nContent-Type: text/plain; charset=utf-8\n\n" + strings.Repeat("免费获得大奖", 20) + "\n"
	_, body := explain(t, tokenizer.New(tokenizer.Options{}, 1), raw)
	if !slices.Contains(body, "word:免费") || !slices.Contains(body, "word:大奖") {
		t.Errorf("tokens are %q", body)
	}
}

func FuzzTokenize(f *testing.F) {
	f.Add([]byte(sample))
	f.Add([]byte("From: @@ <@>\nTo: a@\nReceived: by ;;; id\nReceived: from 1.2.3.4\nMessage-ID: <@\n" +
		"Subject: =?x?b?!!?=\n\n\xff\xfe@"))
	f.Add([]byte("Content-Type: text/html\n\n<a href='http://%31.2@x:99/?'>\u200b</a><img src=x>"))
	f.Add([]byte("Content-Type: text/plain\n\n" + strings.Repeat("\xe5\xa4\xa7", 100)))
	tok := tokenizer.New(tokenizer.Options{IgnoreHeaders: []string{"X-Ours"}}, 1)
	f.Fuzz(func(t *testing.T, raw []byte) {
		var dst tokenizer.Tokens
		tok.Tokenize(message.Parse(raw), &dst)
		const most = 1200
		if len(dst.Header) > most || len(dst.Body) > most {
			t.Fatalf("%d and %d tokens", len(dst.Header), len(dst.Body))
		}
		seen := map[store.Token]bool{}
		for _, token := range slices.Concat(dst.Header, dst.Body) {
			if token == 0 || seen[token] {
				t.Fatalf("token %x twice, or zero", uint64(token))
			}
			seen[token] = true
		}
		header, body := tok.Explain(message.Parse(raw))
		if len(header) != len(dst.Header) || len(body) != len(dst.Body) {
			t.Fatal("explained differently")
		}
	})
}

func BenchmarkTokenize(b *testing.B) {
	tok := tokenizer.New(tokenizer.Options{}, 1)
	m := message.Parse([]byte(sample))
	var dst tokenizer.Tokens
	tok.Tokenize(m, &dst)
	b.ReportAllocs()
	for b.Loop() {
		tok.Tokenize(m, &dst)
	}
}

// TestManyURIs holds that no number of links hides from the learner the one that a reader clicks on.
func TestManyURIs(t *testing.T) {
	var many, visible strings.Builder
	for i := range 500 {
		fmt.Fprintf(&many, `<a href="http://g%d.example.org/"></a>`, i)
		fmt.Fprintf(&visible, `<a href="http://v.example.org/%d">v</a>`, i)
	}
	marker := `<a href="http://evil-marker.example.net/x">k</a>`
	for _, body := range []string{many.String() + marker, many.String() + marker + many.String(), marker +
		visible.String(),
		visible.String() + marker + many.String(), visible.String() + marker + visible.String()} {
		_, tokens := explain(t, tokenizer.New(tokenizer.Options{}, 1), "Content-Type: text/html\n\n"+body)
		if !slices.Contains(tokens, "host:evil-marker.example.net") {
			t.Errorf("%.60q: the host is no token", body)
		}
	}
}
