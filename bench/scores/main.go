// Scores fits the scores of the shipped rules to labelled mail, and says what they are worth.
//
//	go run ./bench/scores -index FILE [-write data/50_scores.cf] [-mail FILE] [-rules]
//
// The index has a line "spam|ham PATH" per message, paths relative to the index or absolute. All rules that need no
// network and no learner run over every message once; then scores are fitted on one half and tried on the other, and the
// other way round, for a few random halves, and at last on everything. Only those scores are fitted whose line in
// 50_scores.cf ends in a comment with the least and the highest value that an analyst allows, and the value to start from,
// which the fit does not leave without reason:
//
//	score NAME 1.2 # 0.01 2.5 0.8
//
// All other scores stay as they are, and count for what they are.
package main

import (
	"flag"
	"fmt"
	"os"
)

func main() {
	index := flag.String("index", "", "labelled messages: a line \"spam|ham PATH\" each")
	scores := flag.String("scores", "data/50_scores.cf", "file whose bounded scores are fitted")
	write := flag.Bool("write", false, "write the scores fitted to everything into that file")
	fit := flag.Bool("fit", true, "fit; without, only say what the scores are worth as they are")
	perRule := flag.Bool("rules", false, "list each rule's hits")
	perMail := flag.Bool("mail", false, "list each message's score and rules")
	rulesPath := flag.String("configpath", "", "directory of rules to take instead of the shipped ones")
	seeds := flag.Int("halves", 3, "random halves to try")
	flag.Parse()
	if err := run(*index, *scores, *rulesPath, options{*write, *fit, *perRule, *perMail, *seeds}); err != nil {
		fmt.Fprintln(os.Stderr, "scores:", err)
		os.Exit(1)
	}
}

type options struct {
	write, fit, perRule, perMail bool
	seeds                        int
}

func run(index, scoreFile, rulesPath string, opt options) error {
	mails, err := readIndex(index)
	if err != nil {
		return err
	}
	if err := scan(mails, rulesPath); err != nil {
		return err
	}
	if opt.perMail {
		listMails(mails)
	}
	if opt.perRule {
		listRules(mails)
	}
	report("as shipped", mails, func(m *mail) float64 { return m.score })
	if !opt.fit {
		return nil
	}
	file, err := readScores(scoreFile)
	if err != nil {
		return err
	}
	samples := file.alone(mails)
	for seed := range opt.seeds {
		tryHalves(seed, samples, file.bounds)
	}
	alone := Fit(samples, file.bounds, aloneParams)
	reportSamples("alone, fitted on all", samples, alone)
	divisions, err := divide(mails, opt.seeds)
	if err != nil {
		return err
	}
	samples = nil
	for _, d := range divisions {
		for p := range d.parts {
			part := file.learned(d.parts[p])
			other := file.learned(d.parts[1-p])
			reportSamples(fmt.Sprintf("learned, %s, tried on %d", d.name, p+1), part, Fit(other, file.bounds, learnedParams))
			samples = append(samples, part...)
		}
	}
	learned := Fit(samples, file.bounds, learnedParams)
	reportSamples("learned, fitted on all", samples, learned)
	if opt.write {
		return file.write(alone, learned)
	}
	return nil
}
