package literal

import (
	"math"
	"strings"
)

// common are bytes of mails from the most to the less common, roughly in steps of equal information: text, markup and
// headers taken together.
const common = " e" + "taoin" + "srhl\nd" + "cum.p" + "fgyw-0" + "bv1=/:,<>" + "k23\"59486;7_" + "xjqz'()&@?!+"

// rarity tells how rare a string is, in eighths of a bit: the sum over its bytes, as if they were independent.
func rarity(s string) int {
	sum := 0
	for i := 0; i < len(s); i++ {
		sum += int(rarities[s[i]])
	}
	return sum
}

// rarities is by byte.
var rarities = func() (r [256]uint8) {
	for i := range r {
		r[i] = 11 * 8
		if i >= 0x80 {
			r[i] = 8 * 8
		}
	}
	for _, c := range []byte("\xc2\xc3\xe2\x80") { // the first bytes of what is frequent in UTF-8
		r[c] = 5 * 8
	}
	for i := 0; i < len(common); i++ {
		r[common[i]] = uint8(8 * (3 + 6*math.Sqrt(float64(i)/float64(len(common)))))
	}
	for c := 'A'; c <= 'Z'; c++ {
		r[c] = r[c|0x20]
	}
	return r
}()

// frequent are texts that mails are full of.
var frequent = []string{"https://www.", "mailto:", ".com", " the ", " and ", " you", "tion", "ing ", " for "}

// frequentRate is how often they occur, per byte of mail.
const frequentRate = 1.0 / 150

// Rate estimates how often one of some strings occurs, per byte of mail. Letters depend on each other, so that long
// strings are not as rare as their bytes are together.
func Rate(list []string) float64 {
	sum := 0.0
	for _, s := range list {
		rate := math.Exp2(-float64(rarity(s)) * 0.7 / 8)
		for _, f := range frequent {
			if rate < frequentRate && strings.Contains(f, s) {
				rate = frequentRate
			}
		}
		sum += rate
	}
	return sum
}
