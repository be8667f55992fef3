// Scores fits the scores of the shipped rules to labelled mail, and says what they are worth.
//
//	go run ./bench/scores -index FILE|DIR [-index FILE|DIR]... [-bare KIND] [-write] [-mail] [-rules]
//
// An index has a line "spam|ham PATH" per message, paths relative to the index or absolute; of a directory the
// messages in ham and spam are taken. The kind of a message is its file's name without number and extension
// (newsletter-0001.eml), or its directory's name where the file's name begins with a digit. -bare adds the messages
// of a kind again without the fields in which filters noted their verdicts.
//
// All rules that need no network and no learner run over every message once. Then three tables: the scores as they
// are; fitted on nine tenths of the sources and tried on the last, ten times (a source is a list or the domain of an
// author, and is never on both sides); fitted without each kind and tried on it. Only those scores are fitted whose
// line ends in a comment with the least and the highest value that an analyst allows, and the value to start from,
// which the fit does not leave without reason:
//
//	score NAME 1.2 # 0.01 2.5 0.8
package main

import (
	"flag"
	"fmt"
	"os"
)

type options struct {
	indexes   []string
	bare      string
	scores    string
	rulesPath string
	sitePath  string
	write     bool
	fit       bool
	perRule   bool
	perMail   bool
}

func main() {
	var opt options
	flag.Func("index", "labelled messages: a file with a line \"spam|ham PATH\" each, or a directory; may be given again",
		func(name string) error {
			opt.indexes = append(opt.indexes, name)
			return nil
		})
	flag.StringVar(&opt.bare, "bare", "", "add the messages of this kind again without the verdicts of other filters")
	flag.StringVar(&opt.scores, "scores", "data/50_scores.cf", "file whose bounded scores are fitted")
	flag.BoolVar(&opt.write, "write", false, "write the scores fitted to everything into that file")
	flag.BoolVar(&opt.fit, "fit", true, "fit; without, only say what the scores are worth as they are")
	flag.BoolVar(&opt.perRule, "rules", false, "list each rule's hits")
	flag.BoolVar(&opt.perMail, "mail", false, "list each message's score and rules")
	flag.StringVar(&opt.rulesPath, "configpath", "", "directory of rules to take instead of the shipped ones")
	flag.StringVar(&opt.sitePath, "siteconfigpath", "", "directory of the site's own files (*.pre, *.cf) beside them")
	flag.Float64Var(&params.HamCost, "ham-cost", params.HamCost,
		"what a point of a ham too high costs, one of a spam too low being 1")
	flag.Float64Var(&params.HamTarget, "ham-target", params.HamTarget, "score below which a ham costs nothing to speak of")
	flag.Float64Var(&params.SpamTarget, "spam-target", params.SpamTarget,
		"score above which a spam costs nothing to speak of")
	flag.Float64Var(&params.Prior, "prior", params.Prior, "strength of the pull towards the start values")
	flag.Parse()
	if err := run(&opt); err != nil {
		fmt.Fprintln(os.Stderr, "scores:", err)
		os.Exit(1)
	}
}

func run(opt *options) error {
	mails, err := readIndexes(opt.indexes)
	if err != nil {
		return err
	}
	set, err := scan(mails, opt)
	if err != nil {
		return err
	}
	if opt.bare != "" {
		bare, err := scanBare(set, mails, opt.bare)
		if err != nil {
			return err
		}
		mails = append(mails, bare...)
	}
	if opt.perMail {
		listMails(mails)
	}
	if opt.perRule {
		listRules(mails)
	}
	shipped := table{name: "as shipped"}
	for _, m := range mails {
		shipped.add(m, m.score)
	}
	shipped.print()
	if !opt.fit {
		return nil
	}
	file, err := readScores(opt.scores)
	if err != nil {
		return err
	}
	c := newCorpus(mails, set, file)
	c.crossValidate()
	c.leaveKindsOut()
	fitted := Fit(c.samples, c.bounds, params)
	c.report("fitted on all", fitted)
	if opt.write {
		return file.write(c.names, fitted)
	}
	return nil
}
