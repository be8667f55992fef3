package picture

import (
	"github.com/makiuchi-d/gozxing"
	"github.com/makiuchi-d/gozxing/qrcode/detector"
)

// mostCenters is how many places of a picture may look like a finder pattern. The reader of codes compares each three
// of them: with thousands it does not end.
const mostCenters = 100

// mostChecks bounds the rows of such places that are looked at closely; a code has some for each row of its picture.
const mostChecks = 10_000

// crowded reports whether a picture has more such places. Each row is looked at, and not every third one, so that no
// place is left out that the reader finds.
func crowded(m *gozxing.BitMatrix) bool {
	f := detector.NewFinderPatternFinder(m, nil)
	checks := 0
	for y := range m.GetHeight() {
		checks += rowCenters(f, m, y)
		if checks > mostChecks || len(f.GetPossibleCenters()) > mostCenters {
			return true
		}
	}
	return false
}

// rowCenters has the places of a row that look so checked, by the five runs that end at each light pixel, and returns
// how many there are.
func rowCenters(f *detector.FinderPatternFinder, m *gozxing.BitMatrix, y int) (checks int) {
	var runs [5]int
	state := 0 // which of the runs is the present one: those of an even number are dark
	for x := 0; x <= m.GetWidth(); x++ {
		dark := x < m.GetWidth() && m.Get(x, y)
		switch {
		case dark == (state&1 == 0):
			runs[state]++
		case state < 4:
			if state++; x < m.GetWidth() {
				runs[state]++
			}
		default:
			if isFinder(runs) {
				if checks++; f.HandlePossibleCenter(runs[:], y, x) {
					runs, state = [5]int{}, 0
					continue
				}
			}
			runs, state = [5]int{runs[2], runs[3], runs[4], 1, 0}, 3
		}
	}
	return checks
}
