package message

import (
	"strings"
	"testing"
)

// plainMail is a mail of 8 KB as mailing lists have them: a dozen relays' worth of header and plain text with URIs.
func plainMail() []byte {
	var b strings.Builder
	b.WriteString("Return-Path: <list-admin@lists.example.org>\n")
	for range 5 {
		b.WriteString("Received: from lists.example.org (host.example.net [192.0.2.1])\n" +
			"\tby mx.example.com (Postfix) with ESMTPS id 4Xy1Z2\n" +
			"\tfor <user@example.com>; Mon,  2 Nov 2026 10:00:00 +0100 (CET)\n")
	}
	b.WriteString("From: \"Doe, John\" <john@example.org>\nTo: list@lists.example.org\n" +
		"Subject: Re: [list] The usual question\n" +
		"Date: Mon, 2 Nov 2026 09:59:00 +0000\nMessage-ID: <1234.5678@example.org>\nMIME-Version: 1.0\n" +
		"Content-Type: text/plain; charset=us-ascii\nContent-Transfer-Encoding: 7bit\nList-Id: <list.lists.example.org>\n" +
		"List-Unsubscribe: <https://lists.example.org/u>,\n\t<mailto:list-request@lists.example.org?subject=u>\n\n")
	for b.Len() < 8000 {
		b.WriteString("On Monday he wrote: the build fails on version 2.4.1, see http://bugs.example.org/show?id=17 for\n" +
			"> details; I have asked jane@example.com. Nothing in the logs. Is that so? Yes, e.g. here.\n")
	}
	return []byte(b.String())
}

// htmlMail is a newsletter of 16 KB in HTML.
func htmlMail() []byte {
	var b strings.Builder
	b.WriteString("From: News <news@example.org>\nSubject: =?utf-8?q?Angebote_f=C3=BCr_Sie?=\nMIME-Version: 1.0\n" +
		"Content-Type: text/html; charset=utf-8\n\n<html><head><title>News</title></head><body bgcolor=\"#ffffff\">\n<table>")
	for b.Len() < 16000 {
		b.WriteString("<tr><td style=\"font-size:14px;color:#333333\" width=\"300\">Ein schönes <b>Angebot</b> für Sie: " +
			"<a href=\"https://news.example.org/c?id=1234567&amp;u=89\">jetzt lesen</a><br>\n" +
			"<img src=\"https://img.example.org/p/1.png\" width=120 height=80 alt=\"Bild\"></td></tr>\n")
	}
	b.WriteString("</table></body></html>\n")
	return []byte(b.String())
}

func benchmark(b *testing.B, raw []byte, work func(*Message)) {
	b.SetBytes(int64(len(raw)))
	b.ReportAllocs()
	for b.Loop() {
		work(Parse(raw))
	}
}

func allText(m *Message) {
	for i := range m.Header().Fields() {
		m.Header().Fields()[i].Decoded()
	}
	for _, p := range m.Leaves() {
		p.Visible()
	}
}

func everything(m *Message) {
	allText(m)
	m.URIs()
	m.Relays()
}

func BenchmarkParse(b *testing.B)      { benchmark(b, plainMail(), func(*Message) {}) }
func BenchmarkText(b *testing.B)       { benchmark(b, plainMail(), allText) }
func BenchmarkURIs(b *testing.B)       { benchmark(b, plainMail(), func(m *Message) { m.URIs() }) }
func BenchmarkRelays(b *testing.B)     { benchmark(b, plainMail(), func(m *Message) { m.Relays() }) }
func BenchmarkDigest(b *testing.B)     { benchmark(b, plainMail(), func(m *Message) { m.Digest() }) }
func BenchmarkEverything(b *testing.B) { benchmark(b, plainMail(), everything) }
func BenchmarkHTML(b *testing.B)       { benchmark(b, htmlMail(), allText) }
func BenchmarkHTMLAll(b *testing.B)    { benchmark(b, htmlMail(), everything) }
