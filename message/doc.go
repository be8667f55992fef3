// Package message reads one mail: header fields as they were, MIME leaves as UTF-8 text, HTML as a reader sees it and
// as the sender hid it, URIs with their registrable domains, and the Received chain as relays. It knows nothing of
// spam.
//
// Parse never fails. Whatever is broken is read as a mail client would most likely read it, and noted as a Defect,
// which is evidence in itself.
//
// The structure of a mail is walked by this package over the caller's bytes, without copying and without an error
// path: go-message's reader, made for well-formed mail, stops at the first broken line and copies each part.
// Character sets come from golang.org/x/text, what is hard to divide in HTML from golang.org/x/net/html, registrable
// domains from golang.org/x/net/publicsuffix. The package's tests hold its reading of well-formed mail against
// go-message's, and all tokens of HTML against that library's.
package message
