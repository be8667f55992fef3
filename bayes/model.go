package bayes

import (
	"encoding/binary"
	"errors"
	"math"

	"asterism/store"
)

// metaName is the parameter of the store that holds the model.
const metaName = "bayes"

// model is what the learner knows besides the tokens' records: small, of fixed size, replaced as a whole.
type model struct {
	slope, offset float64   // calibration: log-odds = slope * margin + offset
	sampled       [2]uint32 // messages of each class that were offered to the reservoir
	last          store.Class
	streak        uint32 // how many messages of that class came in a row
}

func newModel() *model { return &model{slope: 1} }

// logOdds calibrates a margin.
func (m *model) logOdds(margin float64) float64 { return m.slope*margin + m.offset }

const (
	modelVersion = 1
	modelSize    = 1 + 8 + 8 + 4 + 4 + 1 + 4
)

var errModel = errors.New("bayes: the store's learner parameters are of an unknown version")

func (m *model) encode() []byte {
	b := make([]byte, 0, modelSize)
	b = append(b, modelVersion)
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(m.slope))
	b = binary.LittleEndian.AppendUint64(b, math.Float64bits(m.offset))
	b = binary.LittleEndian.AppendUint32(b, m.sampled[0])
	b = binary.LittleEndian.AppendUint32(b, m.sampled[1])
	b = append(b, byte(m.last))
	return binary.LittleEndian.AppendUint32(b, m.streak)
}

// decodeModel returns the model that encode wrote, a new one for nil.
func decodeModel(b []byte) (*model, error) {
	if b == nil {
		return newModel(), nil
	}
	if len(b) != modelSize || b[0] != modelVersion {
		return nil, errModel
	}
	m := &model{
		slope:   math.Float64frombits(binary.LittleEndian.Uint64(b[1:])),
		offset:  math.Float64frombits(binary.LittleEndian.Uint64(b[9:])),
		sampled: [2]uint32{binary.LittleEndian.Uint32(b[17:]), binary.LittleEndian.Uint32(b[21:])},
		last:    store.Class(b[25]),
		streak:  binary.LittleEndian.Uint32(b[26:]),
	}
	if !(m.slope > 0 && m.slope < 1e6) || math.Abs(m.offset) > 1e6 {
		return nil, errModel
	}
	return m, nil
}
