package bayes

import (
	"fmt"
	"strings"

	"asterism/store"
)

// Lacks returns the lessons that are missing before the learner's evidence counts, such as "12 of 20 ham"; "" once it
// counts.
func Lacks(t store.Totals, minHam, minSpam int) string {
	var lacks []string
	if int(t.Ham) < minHam {
		lacks = append(lacks, fmt.Sprintf("%d of %d ham", t.Ham, minHam))
	}
	if int(t.Spam) < minSpam {
		lacks = append(lacks, fmt.Sprintf("%d of %d spam", t.Spam, minSpam))
	}
	if lacks == nil {
		return ""
	}
	return strings.Join(lacks, ", ") + " learned"
}
