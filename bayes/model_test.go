package bayes

import (
	"errors"
	"testing"
)

func TestModelIsReadAsWritten(t *testing.T) {
	m := &model{slope: 2.5, offset: -0.5, tokens: [2]uint64{7, 8}, sampled: [2]uint32{3, 4}, last: 2, streak: 5,
		calibrated: 6, known: 0.9,
		unseen: [2]uint32{10, 11}}
	if got, err := decodeModel(m.encode()); err != nil || *got != *m {
		t.Errorf("got %+v, %v", got, err)
	}
	one := append([]byte{1}, m.encode()[1:modelSize1]...) // without the mean known share
	want := *m
	want.unseen = [2]uint32{}
	two := append([]byte{2}, m.encode()[1:modelSize2]...) // without the counts of what verdicts taught
	if got, err := decodeModel(two); err != nil || *got != want {
		t.Errorf("version 2: got %+v, %v", got, err)
	}
	want.known = knownAtFirst
	if got, err := decodeModel(one); err != nil || *got != want {
		t.Errorf("version 1: got %+v, %v", got, err)
	}
	for _, bad := range [][]byte{{}, {1}, {2}, one[:modelSize1-1], append([]byte{2}, one[1:]...),
		append([]byte{3}, two[1:]...), append([]byte{4}, m.encode()[1:]...)} {
		if _, err := decodeModel(bad); !errors.Is(err, ErrParameters) {
			t.Errorf("% x: %v", bad, err)
		}
	}
}
