package bayes

import (
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"asterism/store"
)

// metaName is the parameter of the store that holds the model.
const metaName = "bayes"

// model has the learner's parameters besides the tokens' records: small, of fixed size, replaced as a whole. Arrays
// have ham first.
type model struct {
	slope, offset float64   // calibration: log-odds = slope * margin + offset
	tokens        [2]uint64 // tokens of the mails learned of each class
	sampled       [2]uint32 // mails of each class that were offered to the reservoir
	last          store.Class
	streak        uint32    // how many mails of that class came in a row
	calibrated    uint32    // mails that had been learned when slope and offset were found
	known         float64   // mean share of header tokens that mails had in common with earlier ones when learned
	unseen        [2]uint32 // mails of each class that were learned without a person's word
}

func newModel() *model { return &model{slope: 1, known: knownAtFirst} }

// logOdds calibrates a margin.
func (m *model) logOdds(margin float64) float64 { return m.slope*margin + m.offset }

// note counts a mail's class for streaks.
func (m *model) note(c store.Class) {
	if m.last != c {
		m.last, m.streak = c, 0
	}
	m.streak++
}

// The mean known share begins with what is usual after a hundred mails, and is that of about so many lessons.
const (
	knownAtFirst = 0.7
	knownLessons = 300
)

// noteKnown has a mail that is about to be learned count in the mean known share.
func (m *model) noteKnown(known, tokens int) {
	if tokens > 0 {
		m.known += (float64(known)/float64(tokens) - m.known) / knownLessons
	}
}

// Version 1 ended before known, version 2 before unseen.
const (
	modelVersion = 3
	modelSize1   = 1 + 2*8 + 2*8 + 2*4 + 1 + 2*4
	modelSize2   = modelSize1 + 8
	modelSize    = modelSize2 + 2*4
)

// ErrParameters is wrapped by the errors of New and Reload for a store whose parameters cannot be used. Its tokens
// may be whole.
var ErrParameters = errors.New("the learner's parameters cannot be used")

// remedy is the remedy for an administrator.
const remedy = "use the version of Asterism that wrote them, restore an earlier backup (spam-learn --restore " +
	"FILE), " +
	"or start over (spam-learn --clear)"

func (m *model) encode() []byte {
	b := make([]byte, 0, modelSize)
	b = append(b, modelVersion)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(m.slope))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(m.offset))
	b = binary.LittleEndian.AppendUint64(b, m.tokens[0])
	b = binary.LittleEndian.AppendUint64(b, m.tokens[1])
	b = binary.LittleEndian.AppendUint32(b, m.sampled[0])
	b = binary.LittleEndian.AppendUint32(b, m.sampled[1])
	b = append(b, byte(m.last))
	b = binary.LittleEndian.AppendUint32(b, m.streak)
	b = binary.LittleEndian.AppendUint32(b, m.calibrated)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(m.known))
	b = binary.LittleEndian.AppendUint32(b, m.unseen[0])
	return binary.LittleEndian.AppendUint32(b, m.unseen[1])
}

// decodeModel returns the model that encode wrote, a new one for nil.
func decodeModel(b []byte) (*model, error) {
	if b == nil {
		return newModel(), nil
	}
	size := map[byte]int{1: modelSize1, 2: modelSize2, modelVersion: modelSize}
	if len(b) > 0 && size[b[0]] == 0 {
		return nil, fmt.Errorf("%w: their version is %d, and this program reads versions up to %d; %s", ErrParameters, b[0],
			modelVersion, remedy)
	}
	damaged := fmt.Errorf("%w: they are damaged; %s", ErrParameters, remedy)
	if len(b) == 0 || len(b) != size[b[0]] {
		return nil, damaged
	}
	le := binary.LittleEndian
	m := &model{
		slope:   math.Float64frombits(le.Uint64(b[1:])),
		offset:  math.Float64frombits(le.Uint64(b[9:])),
		tokens:  [2]uint64{le.Uint64(b[17:]), le.Uint64(b[25:])},
		sampled: [2]uint32{le.Uint32(b[33:]), le.Uint32(b[37:])},
		last:    store.Class(b[41]),
		streak:  le.Uint32(b[42:]),

		calibrated: le.Uint32(b[46:]),
		known:      knownAtFirst,
	}
	if b[0] > 1 {
		m.known = math.Float64frombits(le.Uint64(b[50:]))
	}
	if b[0] > 2 {
		m.unseen = [2]uint32{le.Uint32(b[58:]), le.Uint32(b[62:])}
	}
	if !(m.slope > 0 && m.slope < 1e6) || !(math.Abs(m.offset) < 1e6) || !(m.known >= 0 && m.known <= 1) {
		return nil, damaged
	}
	return m, nil
}
