package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"asterism/attachment"
)

// Attachment is how far attachments are opened, and how dropped ones are replaced.
type Attachment struct {
	Open       bool          // open_attachments
	Timeout    time.Duration // attachment_timeout: work a mail, in the time that it takes an idle machine
	MaxSize    int64         // attachment_max_size: octets that they are unpacked to, a mail
	Depth      int           // attachment_depth: files within files
	QR         bool          // attachment_qr: look for QR codes in pictures
	Bad        []string      // bad_filename_exts, in lower case, without dots
	DropSigned bool          // attachment_drop_signed: drop parts of signed mails too
	Note       string        // attachment_note: text in the place of a dropped part
}

// AttachmentLimits returns the limits in which mails' attachments are opened; nil with open_attachments 0.
func (c *Config) AttachmentLimits() *attachment.Limits {
	a := &c.Attachment
	if !a.Open {
		return nil
	}
	l := attachment.Usual
	l.Time, l.Bytes, l.Depth, l.QR, l.Bad = a.Timeout, int(a.MaxSize), a.Depth, a.QR, a.Bad
	l.Programs = c.ExtractText.Programs()
	return &l
}

func attachmentOptions() []option {
	return []option{
		{name: "open_attachments", def: "1", set: flag(func(c *Config) *bool { return &c.Attachment.Open })},
		{name: "attachment_timeout", def: "0.05",
			set: seconds(func(c *Config) *time.Duration { return &c.Attachment.Timeout })},
		{name: "attachment_max_size", def: "4M", set: maxUnpacked},
		{name: "attachment_depth", def: "4", set: whole(0, 16, func(c *Config) *int { return &c.Attachment.Depth })},
		{name: "attachment_qr", def: "1", set: flag(func(c *Config) *bool { return &c.Attachment.QR })},
		{name: "bad_filename_exts", def: dangerous, set: badExtensions},
		{name: "attachment_drop_signed", def: "0", set: flag(func(c *Config) *bool { return &c.Attachment.DropSigned })},
		{name: "attachment_note", def: "An attachment was removed from this message: _NAME_ (_REASON_)",
			set: text(func(c *Config) *string { return &c.Attachment.Note })},
	}
}

// maxUnpacked sets a size that fits into memory.
func maxUnpacked(c *Config, value string) error {
	const most = 256 << 20
	if err := size(func(c *Config) *int64 { return &c.Attachment.MaxSize })(c, value); err != nil {
		return err
	}
	if c.Attachment.MaxSize > most {
		c.Attachment.MaxSize = most
		return errors.New("is more than 256M")
	}
	return nil
}

// badExtensions sets the list. "dangerous" stands for the extensions that come with the program, and a word that begins
// with "-" takes one out again.
func badExtensions(c *Config, value string) error {
	var list []string
	for w := range strings.FieldsSeq(strings.ToLower(value)) {
		if w == dangerous {
			list = append(list, strings.Fields(attachment.DangerousExtensions)...)
			continue
		}
		word, out := strings.CutPrefix(w, "-")
		word = strings.TrimPrefix(word, ".")
		if word == "" || strings.ContainsAny(word, `./\`) {
			return fmt.Errorf("%q is not an extension such as exe", w)
		}
		if out {
			list = slices.DeleteFunc(list, func(e string) bool { return e == word })
		} else {
			list = append(list, word)
		}
	}
	c.Attachment.Bad = list
	return nil
}

// dangerous is the word for attachment.DangerousExtensions.
const dangerous = "dangerous"

// attachmentAction adds an order: an action and the tests of a condition. "none" alone forgets the orders so far.
func attachmentAction(p *Policy, value string) error {
	words := strings.Fields(value)
	if len(words) == 1 && strings.EqualFold(words[0], "none") {
		p.Attachments = nil
		return nil
	}
	if len(words) < 2 {
		return errors.New("takes an action (drop, quarantine, discard, reject) and tests such as ext=exe or encrypted")
	}
	action, ok := attachment.ActionNamed(strings.ToLower(words[0]))
	if !ok {
		return fmt.Errorf("%q is not drop, quarantine, discard, reject or none", words[0])
	}
	condition, err := attachment.ParseCondition(words[1:])
	if err != nil {
		return err
	}
	p.Attachments = append(p.Attachments[:len(p.Attachments):len(p.Attachments)], attachment.Order{Do: action,
		When: condition})
	return nil
}
