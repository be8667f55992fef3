package tokenizer

// alwaysIgnored are fields that are not part of what the sender sent: filters' verdicts, and what the last delivery, the
// mailbox or a mail reader adds to its copy. They are in the mails one learns from, but not in the mails one scans.
var alwaysIgnored = []string{
	"X-Scanned-By", "X-Spam-Check", "X-Probably-Spam-Tag", // filters; see also ownPrefix

	"Return-Path", "Delivered-To", "X-Original-To", "Envelope-To", "Delivery-Date", // delivery
	"Status", "X-Status", "X-Keywords", "X-UID", "X-UIDL", "X-IMAP", "X-IMAPbase", "Content-Length", "Lines", // mailboxes
	"X-Mozilla-Status", "X-Mozilla-Status2", "X-Mozilla-Keys", "X-Gmail-Labels", "X-GM-THRID", "X-Evolution",
	"X-Evolution-Source",
}

// ownPrefix begins the names of the fields that spam filters write, this one's among them.
var ownPrefix = []byte("x-spam-")
