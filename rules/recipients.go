package rules

import (
	"slices"
	"strings"
)

// listedRecipients returns the addresses in To and Cc, or in Bcc where those are missing, in lower case and in order.
func (sc *Scan) listedRecipients() []string {
	value, _ := sc.getWhole(headerSpec{name: "ToCc"}, true)
	if value == "" {
		value, _ = sc.getWhole(headerSpec{name: "bcc"}, true)
	}
	var all []string
	for _, a := range addressesIn(value) {
		if strings.Contains(a, "@") {
			all = append(all, strings.ToLower(a))
		}
	}
	return all
}

const (
	similarLeast  = 5   // recipients before likeness says anything
	similarWindow = 2   // letters of a user's name that neighbours in a list share
	similarMost   = 256 // recipients that are compared
)

// similarRecipients is similar_recipients('low', 'high'): the share of pairs of neighbours that begin alike, user and
// domain, as in lists that were made by sorting.
func similarRecipients(sc *Scan, args []string) int {
	list := sc.listedRecipients()
	if len(list) < similarLeast {
		return 0
	}
	list = list[:min(len(list), similarMost)]
	users, domains := 0, 0
	for i := range list {
		for j := range i {
			u1, d1, _ := strings.Cut(list[i], "@")
			u2, d2, _ := strings.Cut(list[j], "@")
			if d1 == d2 {
				domains++
			}
			n := similarWindow
			if u1 != u2 && len(u1) >= n && len(u2) >= n && u1[:n] == u2[:n] {
				users++
			}
		}
	}
	pairs := float64(len(list)*(len(list)-1)) / 2
	ratio := max(float64(users), float64(domains)) / pairs
	_ = ratio
	score := float64(users)*1.5/pairs + float64(domains)*0.5/pairs
	return truth(score >= number(args, 0, 0) && (len(args) < 2 || args[1] == "undef" || score < number(args, 1, 0)))
}

// sortedLeast is how many recipients make an order no accident.
const sortedLeast = 7

func sortedRecipients(sc *Scan, _ []string) int {
	list := sc.listedRecipients()
	return truth(len(list) >= sortedLeast && slices.IsSorted(list))
}
