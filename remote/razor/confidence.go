package razor

import (
	"regexp"
	"strconv"
)

// The lines of razor-check's log with the confidence in one part of a message, and with a part that is contested:
// reported as spam and as ham.
var (
	partLine      = regexp.MustCompile(`(?m)\] mail (\S+) e=(\d+) sig=\S*: (?:Is|Not) spam: cf (\d+) `)
	contestedLine = regexp.MustCompile(`(?m)\] method \d: mail (\S+): contention part`)
)

// confidence reads the log of razor-check: the highest confidence by engine, of parts that are not contested.
func confidence(log []byte) map[int]int {
	contested := map[string]bool{}
	for _, m := range contestedLine.FindAllSubmatch(log, -1) {
		contested[string(m[1])] = true
	}
	highest := map[int]int{}
	for _, m := range partLine.FindAllSubmatch(log, -1) {
		engine, err := strconv.Atoi(string(m[2]))
		cf, err2 := strconv.Atoi(string(m[3]))
		if err == nil && err2 == nil && !contested[string(m[1])] {
			highest[engine] = max(highest[engine], cf)
		}
	}
	return highest
}
