package senders

import (
	"context"
	"fmt"
	"net/netip"
	"strings"

	"asterism/message"
)

// TxRep is SpamAssassin's plug-in of this name: it moves a score toward the weighted mean of the records of the address
// at its network, the address alone, its domain, the client and its HELO name.
type TxRep struct {
	Factor   float64 // txrep_factor
	Dilution float64 // txrep_dilution_factor: by it earlier scores count less with each message
	Mask     Mask    // txrep_ipv4_mask_len, txrep_ipv6_mask_len
	Signed   bool    // auto_welcomelist_distinguish_signed
	SPF      bool    // txrep_spf: mail that passes SPF is recorded by its domain instead of its network
	Weights  Weights
	Track    bool    // txrep_track_messages: a copy of a message is not counted again
	Penalty  float64 // txrep_learn_penalty
	Bonus    float64 // txrep_learn_bonus
	Auto     bool    // txrep_autolearn: also for lessons by verdicts
	Outgoing float64 // txrep_welcomelist_out: points for those whom our own users write to
	Details  int     // txrep_report_details
}

// Weights are the weights of the records, txrep_weight_….
type Weights struct{ Email, EmailIP, Domain, IP, Helo float64 }

// identity is one of the names that a sender is known by.
type identity struct {
	tag    string // of templates
	key    string
	weight float64
}

// identities returns the names of a message's sender.
func (r *TxRep) identities(s *Sender, score float64) []identity {
	from := strings.ToLower(s.From)
	if strings.TrimSpace(from) == "" {
		from = strings.ToLower(s.Envelope)
	}
	if strings.TrimSpace(from) == "" {
		return nil
	}
	domain := from[strings.LastIndexByte(from, '@')+1:]
	ip, helo := r.way(s, from, domain, score)
	signer, network := "", ip
	if r.Signed {
		signer = s.signer()
	}
	switch {
	case signer != "":
		domain, network = signer, netip.Addr{}
	case s.SPF && r.SPF:
		signer, network = "spf", netip.Addr{}
		if i := strings.LastIndexByte(s.Envelope, '@'); i >= 0 {
			signer = "spf-" + s.Envelope[i+1:]
		}
	}
	w := &r.Weights
	list := []identity{{"EMAILIP", r.Mask.key(from, network, signer), w.EmailIP}}
	if domain != "" {
		list = append(list, identity{"DOMAIN", r.Mask.key(domain, network, signer), w.Domain})
	}
	if helo != "" {
		list = append(list, identity{"HELO", r.Mask.key(helo, netip.Addr{}, ""), w.Helo})
	}
	if ip.IsValid() {
		if signer == "" {
			list = append(list, identity{"EMAIL", r.Mask.key(from, netip.Addr{}, ""), w.Email})
		}
		list = append(list, identity{"IP", r.Mask.key(ip.String(), netip.Addr{}, ""), w.IP})
	}
	used := list[:0]
	for _, id := range list {
		if id.weight > 0 {
			used = append(used, id)
		}
	}
	return used
}

// lowScore is the score below which addresses count that only the sender vouches for.
const lowScore = 2

// way returns the address that a message came from, and the HELO name farthest away that says something new.
func (r *TxRep) way(s *Sender, from, domain string, score float64) (ip netip.Addr, helo string) {
	trusted := len(s.Chain.Trusted)
	for i := range trusted + len(s.Chain.Untrusted) {
		var relay *message.Relay
		if i < trusted {
			relay = &s.Chain.Trusted[i]
		} else {
			relay = &s.Chain.Untrusted[i-trusted]
		}
		name, address := strings.ToLower(relay.Helo), relay.IP.String()
		if name != "" && strings.Trim(name, "[]") != address && name != domain && name != from {
			helo = name
		}
		private := relay.IP.IsValid() && message.PrivateAddr(relay.IP)
		switch {
		case relay.IP.IsValid() && !private && (i <= trusted || score < lowScore):
			ip = relay.IP
		case i < trusted && private && !ip.IsValid():
			ip = loopback
		}
	}
	return ip, helo
}

// loopback stands for all hosts inside, so that they are not taken for unknown ones.
var loopback = netip.AddrFrom4([4]byte{127, 0, 0, 1})

// judge returns the adjustment of a message that has a score so far, and what to note of it.
func (r *TxRep) judge(ctx context.Context, b *Book, s *Sender, p Points) (*Adjustment, error) {
	score := p.TxRep
	ids, got, known, err := r.recall(ctx, b, s, score)
	if err != nil || len(ids) == 0 {
		return nil, err
	}
	a := &Adjustment{Tags: map[string]string{}}
	if known.Count > 0 {
		a.Points = thousandths((score+r.Factor*known.Mean())/(1+r.Factor) - score)
		a.Tags["TXREPMSGID"] = tenths(known.Mean())
		return a, nil
	}
	if r.Outgoing > 0 && len(s.Chain.Internal) > 0 && len(s.Chain.External) == 0 {
		for _, to := range s.To {
			a.note(r.Mask.key(to, netip.Addr{}, ""), Change{Count: 1, Total: -r.Outgoing})
		}
	}
	sum, weights := 0.0, 0.0
	var details []string
	for i, id := range ids {
		e := got[i]
		toward := pull(e, score)
		sum += id.weight * toward
		weights += id.weight
		r.tag(a, id, e, toward, p.All)
		if e.Count > 0 {
			details = append(details, r.detail(id, e)...)
		}
		a.note(id.key, r.added(e, score))
	}
	if weights > 0 {
		a.Points = thousandths(r.Factor * sum / weights)
	}
	a.Detail = strings.Join(details, "; ")
	if r.Track {
		a.note(r.messageKey(s), Change{Count: 1, Total: score + a.Points})
	}
	return a, nil
}

// pull returns how far an entry moves a score: to the mean that includes it, but never past 0 on its own.
func pull(e Entry, score float64) float64 {
	count := float64(1 + e.Count)
	toward := (e.Total+score)/count - score
	if e.Total > 0 && score > 0 && toward < 0 || e.Total < 0 && score < 0 && toward > 0 {
		return e.Total / count
	}
	return toward
}

// added returns the change by which an entry takes up a score, with what it had diluted.
func (r *TxRep) added(e Entry, score float64) Change {
	if e.Count == 0 {
		return Change{Count: 1, Total: score}
	}
	n := float64(e.Count)
	total := (n + 1) * (r.Dilution*e.Total + score) / (r.Dilution*n + 1)
	return Change{Count: 1, Total: total - e.Total}
}

// tag fills in the tags of templates.
func (r *TxRep) tag(a *Adjustment, id identity, e Entry, toward, before float64) {
	name := "TXREP" + id.tag
	if e.Count == 0 {
		a.Tags[name+"UNKNOWN"] = "1"
	} else {
		a.Tags[name+"MEAN"] = tenths(e.Mean())
	}
	a.Tags[name] = tenths(toward)
	a.Tags[name+"COUNT"] = tenths(float64(e.Count))
	a.Tags[name+"PRESCORE"] = tenths(before)
}

// detail returns what reports say of an entry, nothing without txrep_report_details.
func (r *TxRep) detail(id identity, e Entry) []string {
	if r.Details == 0 {
		return nil
	}
	name, network, _ := split(id.key)
	if network != none {
		name += "|" + network
	}
	if r.Details == 1 {
		return []string{id.tag + ": " + name}
	}
	return []string{fmt.Sprintf("%s: %s, rep: %.2f, count: %d", id.tag, name, e.Mean(), e.Count)}
}

// messageKey returns the key of a message itself.
func (r *TxRep) messageKey(s *Sender) string {
	return r.Mask.key(s.Message+"@message", netip.Addr{}, "")
}

// Entries of messages tell by their count what became of them: scanned once, or taught.
const taughtCount = 2

// learn returns the changes that a lesson makes: the penalty or bonus of its class, and as many points again as an
// entry's mean has. What the message taught before is taken back; of the same class it stays as it is.
func (r *TxRep) learn(ctx context.Context, b *Book, s *Sender, spam bool) (map[string]Change, error) {
	points := -r.Bonus
	if spam {
		points = r.Penalty
	}
	ids, got, known, err := r.recall(ctx, b, s, points)
	taught := known.Count >= taughtCount
	if err != nil || points == 0 || taught && known.Mean() == points {
		return nil, err
	}
	a := &Adjustment{}
	for i, id := range ids {
		e := got[i]
		if taught {
			back := Change{Count: -1, Total: -known.Mean()}
			a.note(id.key, back)
			e = back.Apply(e)
		}
		mean := max(e.Mean(), -e.Mean())
		if !spam {
			mean = -mean
		}
		a.note(id.key, r.added(e, points+mean))
	}
	if r.Track && len(ids) > 0 {
		a.note(r.messageKey(s), Change{Reset: true, Count: taughtCount, Total: taughtCount * points})
	}
	return a.changes, nil
}

// forget returns the changes that take back what a message taught, or what it had when it was scanned.
func (r *TxRep) forget(ctx context.Context, b *Book, s *Sender) (map[string]Change, error) {
	ids, _, known, err := r.recall(ctx, b, s, 0)
	if err != nil || known.Count == 0 {
		return nil, err
	}
	a := &Adjustment{}
	for _, id := range ids {
		a.note(id.key, Change{Count: -1, Total: -known.Mean()})
	}
	a.note(r.messageKey(s), Change{Reset: true})
	return a.changes, nil
}

// recall returns the names of a message's sender with their entries, and that of the message itself.
func (r *TxRep) recall(ctx context.Context, b *Book, s *Sender, score float64) ([]identity, []Entry, Entry, error) {
	ids := r.identities(s, score)
	keys := make([]string, 0, len(ids)+1)
	for _, id := range ids {
		keys = append(keys, id.key)
	}
	got, err := b.Read(ctx, append(keys, r.messageKey(s))...)
	if err != nil {
		return nil, nil, Entry{}, err
	}
	known := got[len(ids)]
	if !r.Track {
		known = Entry{}
	}
	return ids, got[:len(ids)], known, nil
}
