package main

import (
	"bufio"
	"fmt"
	"io"
	"time"

	"asterism/store"
)

// dump prints the content of a store in the columns of sa-learn --dump, for monitoring programs: probability, spam,
// ham, time of last use, token and its weight.
func dump(w io.Writer, st storeAdmin, what string) error {
	out := bufio.NewWriterSize(w, 1<<16)
	tot, err := st.totals()
	if err != nil {
		return err
	}
	if what != "data" {
		for _, l := range []struct {
			n    int64
			name string
		}{
			{int64(tot.Spam), "nspam"},
			{int64(tot.Ham), "nham"},
			{int64(tot.Tokens), "ntokens"},
			{int64(tot.Seen), "nseen"},
			{seconds(tot.Oldest), "oldest atime"},
			{seconds(tot.Newest), "newest atime"},
			{seconds(tot.LastExpiry), "last expiry atime"},
		} {
			fmt.Fprintf(out, "%.3f %10d %10d %10d  non-token data: %s\n", 0.0, 0, l.n, 0, l.name)
		}
	}
	if what != "magic" {
		err = st.each(func(tok store.Token, r store.Record) error {
			_, err := fmt.Fprintf(out, "%.3f %10d %10d %10d  %016x %.6g\n", probability(r, tot), r.Spam, r.Ham, r.LastSeen,
				uint64(tok), r.Weight)
			return err
		})
	}
	if err != nil {
		return err
	}
	return out.Flush()
}

// probability is the share of the spams that had the token in the sum of both classes' shares.
func probability(r store.Record, tot store.Totals) float64 {
	spam := float64(r.Spam) / float64(max(tot.Spam, 1))
	ham := float64(r.Ham) / float64(max(tot.Ham, 1))
	return spam / (spam + ham)
}

func seconds(t time.Time) int64 {
	if t.IsZero() {
		return 0
	}
	return t.Unix()
}
