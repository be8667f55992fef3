package history

import (
	"encoding/binary"
	"slices"
	"strconv"
	"strings"

	"github.com/zeebo/xxh3"

	"asterism/store"
)

// kind is the field of a term: a word as a recipient and the same word as a test are different terms.
type kind byte

const (
	kindQueue     kind = 'q'
	kindMessageID kind = 'i'
	kindRecipient kind = 'r'
	kindRcptSite  kind = 'R' // domain of a recipient
	kindSender    kind = 's'
	kindSendSite  kind = 'S'
	kindClient    kind = 'c' // address or name
	kindWord      kind = 'w'
	kindHidden    kind = 'h' // hash of a word or of an address, see hide
	kindTest      kind = 't'
	kindAction    kind = 'a'
	kindHost      kind = 'H'
	kindFront     kind = 'f'
	kindDigest    kind = 'd'
)

// term is the hash of a kind and a text: a guess, so records found by terms are looked at.
type term uint32

// hasher makes terms with the key of one file, so that nobody can craft texts that collide.
type hasher uint64

func (h hasher) term(k kind, text string) term {
	return term(xxh3.HashStringSeed(text, uint64(h)^uint64(k)<<56) >> 32)
}

// terms appends all terms of a record.
func (h hasher) terms(list []term, r *Record) []term {
	add := func(k kind, text string) {
		if text != "" {
			list = append(list, h.term(k, text))
		}
	}
	add(kindQueue, strings.ToLower(r.QueueID))
	add(kindMessageID, strings.ToLower(r.MessageID))
	for _, to := range r.Recipients {
		key := addressKey(to)
		add(kindRecipient, key)
		add(kindRcptSite, domainOf(key))
	}
	for _, from := range [...]string{r.Sender, fromAddress(r.From)} {
		key := addressKey(from)
		add(kindSender, key)
		add(kindSendSite, domainOf(key))
	}
	if r.Client.IsValid() {
		add(kindClient, r.Client.String())
	}
	add(kindClient, strings.ToLower(r.ClientName))
	for _, w := range words(r.Subject) {
		add(kindWord, w)
	}
	for _, w := range r.hidden {
		add(kindHidden, strconv.FormatUint(uint64(w), 16))
	}
	for _, t := range r.Tests {
		add(kindTest, strings.ToLower(t.Name))
	}
	add(kindAction, strings.ToLower(r.Action))
	add(kindHost, strings.ToLower(r.Host))
	add(kindFront, strings.ToLower(r.Front))
	if r.digest != 0 {
		add(kindDigest, digestText(r.digest))
	}
	return list
}

func digestText(d uint64) string { return strconv.FormatUint(d, 16) }

// plan is a query's condition on an index: at least one term of each of its groups. Every matching record has them.
type plan [][]term

// plan returns the query's condition on an index.
func (h hasher) plan(q *Query, hide hider) plan {
	var p plan
	group := func(terms ...term) { p = append(p, terms) }
	if q.QueueID != "" {
		group(h.term(kindQueue, strings.ToLower(q.QueueID)))
	}
	if q.MessageID != "" {
		group(h.term(kindMessageID, strings.ToLower(bareID(q.MessageID))))
	}
	if q.Recipient != "" {
		group(h.place(kindRecipient, kindRcptSite, q.Recipient)...)
	}
	if q.Sender != "" {
		group(append(h.place(kindSender, kindSendSite, q.Sender), h.hidden(hide.address(q.Sender)))...)
	}
	if q.Client != "" {
		group(h.term(kindClient, strings.ToLower(q.Client)))
	}
	for _, w := range words(q.Subject) {
		group(h.term(kindWord, w), h.hidden(hide.word(w)))
	}
	if q.Test != "" {
		group(h.term(kindTest, strings.ToLower(q.Test)))
	}
	if q.Action != "" {
		group(h.term(kindAction, strings.ToLower(q.Action)))
	}
	if q.Host != "" {
		group(h.term(kindHost, strings.ToLower(q.Host)))
	}
	if q.Front != "" {
		group(h.term(kindFront, strings.ToLower(q.Front)))
	}
	if q.digest != 0 {
		group(h.term(kindDigest, digestText(q.digest)))
	}
	for _, w := range strings.Fields(q.Text) {
		group(h.anywhere(w, hide)...)
	}
	if q.Domains != nil {
		var sites []term
		for _, d := range q.Domains {
			sites = append(sites, h.place(kindRecipient, kindRcptSite, d)...)
		}
		group(sites...)
	}
	return p
}

// place returns the terms that an address, or a domain, may have.
func (h hasher) place(address, site kind, text string) []term {
	key := addressKey(text)
	return []term{h.term(address, key), h.term(site, key)}
}

func (h hasher) hidden(hash uint32) term {
	return h.term(kindHidden, strconv.FormatUint(uint64(hash), 16))
}

// anywhere returns the terms of one of which a word of a person's search is.
func (h hasher) anywhere(w string, hide hider) []term {
	low := strings.ToLower(w)
	list := []term{
		h.term(kindQueue, low), h.term(kindMessageID, strings.ToLower(bareID(w))),
		h.hidden(hide.address(w)), h.term(kindClient, low), h.term(kindTest, low), h.term(kindAction, low),
	}
	list = append(append(list, h.place(kindRecipient, kindRcptSite, w)...), h.place(kindSender, kindSendSite, w)...)
	if parts := words(w); len(parts) > 0 {
		list = append(list, h.term(kindWord, parts[0]), h.hidden(hide.word(parts[0])))
	}
	return list
}

// hider hashes the words and addresses of mails whose fields are not to be kept, with a key that all hosts of a shared
// history have.
type hider uint64

func (h hider) word(w string) uint32 { return uint32(xxh3.HashStringSeed("word "+w, uint64(h))) }

// address hashes an address, or a domain.
func (h hider) address(a string) uint32 {
	return uint32(xxh3.HashStringSeed("address "+addressKey(a), uint64(h)))
}

// hide replaces a record's fields by the hashes of their search terms.
func (h hider) hide(r *Record) {
	for _, w := range words(r.Subject) {
		r.hidden = append(r.hidden, h.word(w))
	}
	if key := addressKey(fromAddress(r.From)); key != "" {
		r.hidden = append(r.hidden, h.address(key), h.address(domainOf(key)))
	}
	slices.Sort(r.hidden)
	r.hidden = slices.Compact(r.hidden)
	r.Subject, r.From = "", ""
}

// leaveOutFrom takes the From field's address out of what tests say of it.
func (h hider) leaveOutFrom(r *Record) {
	key := addressKey(fromAddress(r.From))
	if key == "" {
		return
	}
	e := &erasure{hash: h.address(key)}
	for i := range r.Tests {
		r.Tests[i].Detail, _ = e.fromText(r.Tests[i].Detail, h)
	}
}

// digestMark is a record's mark of a digest, never 0.
func digestMark(d store.Digest) uint64 { return max(binary.BigEndian.Uint64(d[:]), 1) }
