// Package message reads one mail: header fields as they were, MIME leaves as UTF-8 text, HTML as a reader sees it and
// as the sender hid it, URIs with their registrable domains, and the Received chain as relays. It has no notion of
// spam.
//
// Parse never fails. Broken parts are read as a mail client would most likely read them, and recorded as a Defect,
// which is evidence in itself.
//
// This package walks the structure of a mail over the caller's bytes, without copying and without an error path:
// go-message's reader, made for well-formed mail, stops at the first broken line and copies each part.
// golang.org/x/text decodes character sets, golang.org/x/net/html parses difficult HTML, and
// golang.org/x/net/publicsuffix has registrable domains. The package's tests compare its reading of well-formed mail
// with go-message's, and its HTML tokens with that library's.
package message
