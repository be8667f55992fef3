package main

import (
	"math/rand/v2"
	"os"
	"slices"
	"strings"

	"asterism/bench/trec/filter"
	"asterism/bench/trec/index"
	"asterism/store"
)

// judged is what a learner that was trained on other mail says of one message.
type judged struct {
	*mail
	bayes []string // the BAYES_* tests that hit
}

// division is the mail in two parts; each was judged by a learner that was trained on the other.
type division struct {
	name  string
	parts [2][]judged
}

// divide judges all mails twice in each of several divisions: the halves of the index as it is, which differ as tomorrow's
// mail does from today's if it is in order of arrival; random halves; and these with a learner that has seen only a
// quarter of a half.
func divide(mails []*mail, seeds int) ([]division, error) {
	inOrder := make([]int, len(mails))
	for i := range inOrder {
		inOrder[i] = i
	}
	d, err := judgeHalves(mails, "by order", inOrder, 1)
	if err != nil {
		return nil, err
	}
	divisions := []division{d}
	for seed := range seeds {
		order := rand.New(rand.NewPCG(uint64(seed), 0)).Perm(len(mails))
		for _, v := range []struct {
			name  string
			share int
		}{{"at random", 1}, {"little", 4}} {
			if d, err = judgeHalves(mails, v.name, order, v.share); err != nil {
				return nil, err
			}
			divisions = append(divisions, d)
		}
	}
	return divisions, nil
}

// judgeHalves judges each half of the order by a learner that was trained on the first 1/share of the other.
func judgeHalves(mails []*mail, name string, order []int, share int) (division, error) {
	half := len(order) / 2
	first, second := order[:half], order[half:]
	d := division{name: name}
	var err error
	if d.parts[0], err = judge(mails, second[:len(second)/share], first); err != nil {
		return d, err
	}
	d.parts[1], err = judge(mails, first[:len(first)/share], second)
	return d, err
}

func judge(mails []*mail, train, test []int) ([]judged, error) {
	f, err := filter.Open(nil, "")
	if err != nil {
		return nil, err
	}
	defer f.Close()
	var lessons []index.Entry
	for _, i := range slices.Sorted(slices.Values(train)) {
		class := store.Ham
		if mails[i].spam {
			class = store.Spam
		}
		lessons = append(lessons, index.Entry{Class: class, Path: mails[i].path})
	}
	if err := f.Train(lessons, 0); err != nil {
		return nil, err
	}
	var part []judged
	for _, i := range test {
		raw, err := os.ReadFile(mails[i].path)
		if err != nil {
			return nil, err
		}
		v, err := f.Check(raw)
		if err != nil {
			return nil, err
		}
		j := judged{mail: mails[i]}
		for _, h := range v.Hits {
			if strings.HasPrefix(h.Name, "BAYES_") {
				j.bayes = append(j.bayes, h.Name)
			}
		}
		part = append(part, j)
	}
	return part, nil
}
