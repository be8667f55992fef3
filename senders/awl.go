package senders

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
)

// AWL is SpamAssassin's plug-in of this name: it moves a score toward the mean of the address at its network.
type AWL struct {
	Factor float64 // auto_welcomelist_factor: from 0, not at all, to 1, to the mean
	Mask   Mask    // auto_welcomelist_ipv4_mask_len, auto_welcomelist_ipv6_mask_len
	Signed bool    // auto_welcomelist_distinguish_signed: signed mail has separate entries
}

// judge returns the adjustment of a message that has a score so far, nil for none, and what to note of it.
func (l *AWL) judge(ctx context.Context, b *Book, s *Sender, p Points) (*Adjustment, error) {
	if strings.TrimSpace(s.From) == "" {
		return nil, nil
	}
	score := thousandths(p.AWL)
	signer, ip := "", s.origin()
	if l.Signed {
		signer = s.signer()
	}
	key := l.Mask.key(s.From, ip, signer)
	anywhere := l.Mask.key(s.From, netip.Addr{}, "")
	got, err := b.Read(ctx, key, anywhere)
	if err != nil {
		return nil, err
	}
	e, a := got[0], &Adjustment{}
	if taken := got[1]; e.Count == 0 && key != anywhere && taken.Count > 0 {
		e = taken
		a.note(anywhere, Change{Reset: true})
		a.note(key, Change{Count: e.Count, Total: e.Total})
	}
	a.note(key, Change{Count: 1, Total: score})
	if e.Count == 0 {
		return a, nil
	}
	a.Points = thousandths((e.Mean() - score) * l.Factor)
	a.Detail = fmt.Sprintf("mean %.1f of %d", e.Mean(), e.Count)
	a.Tags = map[string]string{"AWL": tenths(a.Points), "AWLMEAN": tenths(e.Mean()), "AWLCOUNT": tenths(float64(e.Count)),
		"AWLPRESCORE": tenths(p.All)}
	return a, nil
}

func tenths(n float64) string { return fmt.Sprintf("%2.1f", n) }
