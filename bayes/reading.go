package bayes

import "math"

// Added words of ham, or unknown words, outweigh a spam's own words (D. Lowd and C. Meek, "Good Word Attacks on
// Statistical Spam Filters", 2005). So each block is read twice: as it is, and with bounds on the words that do not
// point to spam, wherever in the mail they are. The second reading is reduced by a price and by the other block's
// evidence for ham, because a ham that quotes a spam has a header of ham. The higher reading counts.
const (
	boundedHam   = 2   // squared length of the tokens of ham in the second reading, at most: a few strong ones
	readingPrice = 1.5 // taken off the second reading
)

// sums are the sums over a block's tokens that its readings are made of. Arrays have the tokens first whose weight is
// not for spam.
type sums struct {
	shares  [2]float32 // of value times weight
	squares [2]float32 // of values
	spam    int        // tokens whose weight is for spam
	unknown int        // tokens that were never seen
}

// add adds a known token. It has no branch: which side a token is on cannot be predicted.
func (s *sums) add(value, share float32) {
	side := math.Float32bits(0-share) >> 31 // 1 where the share is above zero
	s.shares[side] += share
	s.squares[side] += value * value
	s.spam += int(side)
}

// length returns the length of the vector of values.
func (s *sums) length() float32 {
	return sqrt(1 + s.squares[0] + s.squares[1] + unknownValue*float32(s.unknown))
}

// pull returns the first reading.
func (s *sums) pull() float64 { return float64((s.shares[0] + s.shares[1]) / s.length()) }

// bounded returns the second reading, with the part of the tokens of ham that counts in it, and its length.
func (s *sums) bounded() (pull float64, part, length float32) {
	part = 1
	if s.squares[0] > boundedHam {
		part = boundedHam / s.squares[0]
	}
	length = sqrt(1 + part*s.squares[0] + s.squares[1] + unknownValue*float32(min(s.unknown, s.spam/4)))
	return float64((part*s.shares[0]+s.shares[1])/length) - readingPrice, part, length
}

// read returns what counts of each block, the body's first reading beside the header's.
func read(header, body *sums) (h, b float64) {
	h, b = header.pull(), body.pull()
	second, _, _ := body.bounded()
	b = max(b, second+min(h, 0))
	second, _, _ = header.bounded()
	return max(h, second+min(b, 0)), b
}

func sqrt(x float32) float32 { return float32(math.Sqrt(float64(x))) }
