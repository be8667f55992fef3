package senders

import (
	"fmt"
	"net/netip"
	"path/filepath"
	"testing"

	"asterism/message"
)

// BenchmarkJudge: what AWL and TxRep cost a scan, with a record of 100,000 senders.
func BenchmarkJudge(b *testing.B) {
	book, err := Open(filepath.Join(b.TempDir(), "bayes.senders"), Options{})
	if err != nil {
		b.Fatal(err)
	}
	defer book.Close()
	usual := Mask{16, 48}
	changes := map[string]Change{}
	for i := range 100_000 {
		changes[usual.key(fmt.Sprintf("user%d@example.org", i), netip.AddrFrom4([4]byte{8, byte(i), 1, 1}), "")] =
			Change{Count: 1, Total: 1}
	}
	if err := book.table.Write(ctx, 0, changes); err != nil {
		b.Fatal(err)
	}
	awl := &Reputation{Book: book, AWL: &AWL{Factor: 0.5, Mask: usual}}
	rep := &Reputation{Book: book, TxRep: &TxRep{Factor: 0.5, Dilution: 0.98, Mask: usual, Track: true,
		Weights: Weights{3, 10, 2, 4, 0.5}}}
	for _, c := range []struct {
		name string
		*Reputation
	}{{"AWL", awl}, {"TxRep", rep}} {
		b.Run(c.name, func(b *testing.B) {
			for i := 0; b.Loop(); i++ {
				relay := message.Relay{Received: &message.Received{IP: netip.AddrFrom4([4]byte{8, byte(i), 1, 1}),
					Helo: "mail.example.org"}}
				s := &Sender{From: fmt.Sprintf("user%d@example.org", i%100_000), Message: fmt.Sprint(i),
					Chain: &message.Chain{Relays: []message.Relay{relay}, Untrusted: []message.Relay{relay}}}
				if _, err := c.Judge(ctx, s, Points{3, 3, 3}, false); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
