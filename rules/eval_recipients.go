package rules

import (
	"slices"
	"strings"
)

// listedRecipients returns the addresses in To and Cc, or in Bcc where those are missing, as they are and in order.
func (sc *Scan) listedRecipients() []string {
	value, _ := sc.getWhole(headerSpec{name: "ToCc"}, true)
	if value == "" {
		value, _ = sc.getWhole(headerSpec{name: "bcc"}, true)
	}
	var all []string
	for _, a := range addressesIn(value) {
		if strings.Contains(a, "@") {
			all = append(all, a)
		}
	}
	return all
}

const (
	similarLeast  = 5   // recipients before likeness says anything
	similarWindow = 2   // letters that alike names begin with
	similarMost   = 256 // recipients that are compared
)

// similarRecipients is similar_recipients('low', 'high'): for each pair of recipients, how often the users begin
// alike, or the hosts, being different, do. Lists that were made by sorting have much of that. Case counts.
func similarRecipients(sc *Scan, args []string) int {
	list := sc.listedRecipients()
	list = list[:min(len(list), similarMost)]
	if len(list) < similarLeast {
		list = nil
	}
	start := func(s string) string { return s[:min(len(s), similarWindow)] }
	hits := 0
	for i, a := range list {
		for _, b := range list[:i] {
			hostA, hostB := a[strings.LastIndexByte(a, '@')+1:], b[strings.LastIndexByte(b, '@')+1:]
			if start(a) == start(b) {
				hits++
			}
			if hostA != hostB && start(hostA) == start(hostB) {
				hits++
			}
		}
	}
	ratio := 2 * float64(hits) / float64(max(1, len(list)*(len(list)-1)))
	return truth(ratio >= number(args, 0, 0) && (len(args) < 2 || args[1] == "undef" || ratio < number(args, 1, 0)))
}

// sortedLeast is how many recipients make an order no accident.
const sortedLeast = 7

func sortedRecipients(sc *Scan, _ []string) int {
	list := sc.listedRecipients()
	return truth(len(list) >= sortedLeast && slices.IsSorted(list))
}
