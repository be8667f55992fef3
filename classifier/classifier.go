// Package classifier turns one message into one verdict: it runs the rules, the learner and the allowed network tests,
// adds up the points, and decides whether the learner learns the result.
package classifier

import (
	"context"
	"log/slog"
	"strconv"
	"strings"
	"sync"
	"time"

	"asterism/attachment"
	"asterism/bayes"
	"asterism/contain"
	"asterism/message"
	"asterism/rules"
	"asterism/senders"
	"asterism/store"
	"asterism/tokenizer"
	"asterism/unmark"
)

// Options configures a Classifier. A nil Learner leaves Bayes out, a nil Network all network checks.
type Options struct {
	Required  float64 // required_score
	Rules     *rules.Set
	Network   Network
	Tokenizer *tokenizer.Tokenizer
	Learner   *bayes.Learner
	UseBayes  bool          // whether the learner's evidence counts in the score (use_bayes_rules)
	LogOdds   bool          // whether it does as log-odds, not by the scores of its rules (bayes_log_odds)
	Autolearn *Thresholds   // nil without bayes_auto_learn
	Site      *Opinion      // used where Learner has too few lessons; nil for none
	Deadline  time.Duration // when network tests must have answered (scan_deadline)
	Marks     *unmark.Marks // how filters mark messages; nil for the usual marks only
	Tags      []string      // tags of templates to be filled in from the message, such as "RELAYSEXTERNAL" or "HEADER(To)"
	Keep      Keep          // the parts of the message that a Verdict keeps
	Key       store.Key     // of the tokens that Tokenizer makes, as Kept has it

	Senders  *senders.Reputation // moves scores by the senders' earlier messages; nil for none
	Networks message.Networks    // by which a taught message's way is divided, for Senders

	Open *attachment.Limits // in which attachments are opened; nil opens none

	// Taught is called with each lesson by a person from a whole mail; class 0 undoes one. It must not wait. May be
	// nil.
	Taught func(d store.Digest, class store.Class)
	Log    *slog.Logger // nil discards
}

// Opinion is another learner, with tokens of its own.
type Opinion struct {
	Tokenizer *tokenizer.Tokenizer
	Learner   *bayes.Learner
}

// Classifier gives messages their verdicts. It is immutable and safe for concurrent use.
type Classifier struct {
	opt     Options
	tokens  sync.Pool // of *tokenizer.Tokens
	trainer *trainer  // learns from verdicts; nil without autolearn
}

// New returns a Classifier. It must be closed, so that pending lessons from its own verdicts get to disk.
func New(opt Options) *Classifier {
	if opt.Log == nil {
		opt.Log = slog.New(slog.DiscardHandler)
	}
	if opt.Marks == nil {
		opt.Marks = unmark.New()
	}
	c := &Classifier{opt: opt}
	c.tokens.New = func() any { return new(tokenizer.Tokens) }
	if opt.Learner != nil && opt.Autolearn != nil {
		c.trainer = newTrainer(opt.Learner, opt.Log)
	}
	return c
}

// Close waits until the pending lessons from verdicts are on disk. Scans in progress may still end.
func (c *Classifier) Close() { c.trainer.close() }

// Settle waits until everything that verdicts so far have taught is learned, for programs that need the same result
// every time.
func (c *Classifier) Settle() { c.trainer.settle() }

// Check gives a message its verdict. If the learner or the network fails, the remaining tests make the verdict, and its
// Notes name the missing ones. An error means that there is no verdict.
func (c *Classifier) Check(ctx context.Context, in *Input) (v *Verdict, err error) {
	defer contain.Err(&err)
	started := time.Now()
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var until time.Time
	if limit := c.opt.Rules.TimeLimit(); limit > 0 {
		until = started.Add(limit)
	}
	m := in.Message(message.Until(until), c.opening())
	v = &Verdict{Required: c.opt.Required, Autolearn: "disabled",
		MessageID: LogText(m.Header().Value("Message-ID")), Subject: LogText(m.Header().Get("Subject"))}
	tokens := c.tokens.Get().(*tokenizer.Tokens)
	defer c.tokens.Put(tokens)
	scanned := tokens
	ignored := c.opt.Learner != nil && c.opt.Rules.IgnoresBayes(m, &rules.Envelope{Sender: in.Sender,
		Recipients: in.Recipients})
	if !ignored {
		c.askLearner(m, tokens, v)
	}
	v.Phases.Learner = time.Since(started)
	p := c.runRules(ctx, m, in, v, until)
	words := c.words(m, v) // before auto-learning
	switch {
	case c.trainer == nil:
	case in.Look:
		v.Autolearn = "no"
	case ignored:
		v.Autolearn = "no"
	default:
		v.Autolearn = c.autolearn(m, tokens, p, v)
	}
	if c.opt.Learner == nil || ignored {
		scanned = nil
	}
	c.keep(m, in, scanned, words, v)
	v.Took = time.Since(started)
	return v, nil
}

// opening returns the option to open a message's attachments, as far as their limits reach.
func (c *Classifier) opening() message.Option {
	if c.opt.Open == nil {
		return func(*message.Message) {}
	}
	return attachment.Open(*c.opt.Open)
}

// askLearner fills in the learner's evidence.
func (c *Classifier) askLearner(m *message.Message, tokens *tokenizer.Tokens, v *Verdict) {
	if c.opt.Learner == nil {
		return
	}
	c.opt.Tokenizer.Tokenize(m, tokens)
	if m.Late() {
		return // half of the tokens say little
	}
	e, err := c.opt.Learner.Score(tokens)
	if c.opt.Site != nil && (err != nil || !e.Ready || c.opt.LogOdds && e.Trust < 1) {
		e, err = c.askSite(m, e, err)
	}
	if err != nil {
		v.Notes = append(v.Notes, "bayes: "+err.Error())
		return
	}
	v.Bayes, v.BayesOdds, v.BayesReady, v.BayesTrust = e.Probability, e.LogOdds, e.Ready, e.Trust
	v.counted = e.Counted
}

// askSite returns the site's evidence, after the user's own, which counts as far as it can be trusted.
func (c *Classifier) askSite(m *message.Message, own bayes.Evidence, failed error) (bayes.Evidence, error) {
	tokens := c.tokens.Get().(*tokenizer.Tokens)
	defer c.tokens.Put(tokens)
	c.opt.Site.Tokenizer.Tokenize(m, tokens)
	site, err := c.opt.Site.Learner.Score(tokens)
	switch {
	case failed != nil || !own.Ready:
		return site, err
	case err != nil || !site.Ready:
		return own, nil
	}
	return own.Beside(&site), nil
}

// runRules matches the rules while the network is asked, adds what the learner says, and fills in hits and score.
func (c *Classifier) runRules(ctx context.Context, m *message.Message, in *Input, v *Verdict, until time.Time) *points {
	started := time.Now()
	scan := c.opt.Rules.Begin(m, &rules.Envelope{
		Client: in.Client, ClientName: in.ClientName, Helo: in.Helo, Sender: in.Sender, Recipients: in.Recipients,
		AuthUser: in.AuthUser, Now: in.now(), Network: c.opt.Network != nil, Bayes: c.countsBayes(v),
	})
	defer scan.Close()
	var answers Answers
	if c.opt.Network != nil {
		deadline := time.Now().Add(c.opt.Deadline)
		if !until.IsZero() && until.Before(deadline) {
			deadline = until
		}
		ctx, cancel := context.WithDeadline(ctx, deadline)
		defer cancel()
		pending := &pendingChecks{Answers: c.opt.Network.Start(ctx, m, in, scan), cancel: cancel}
		defer pending.end()
		answers = pending
	}
	if c.countsBayes(v) {
		scan.SetBayes(v.Bayes) // before the rules, since it may end the scan: shortcircuit BAYES_99 spam
	}
	scan.RunLocal()
	v.Phases.Rules = time.Since(started)
	if answers != nil {
		hits, notes := answers.Wait()
		v.Phases.Network = time.Since(started) - v.Phases.Rules
		for name, detail := range hits {
			scan.Hit(name, detail)
		}
		v.Notes = append(v.Notes, notes...)
		v.AuthResults = answers.AuthResults()
	}
	return c.finish(ctx, m, in, scan, v, until)
}

// countsBayes reports whether the learner's evidence counts.
func (c *Classifier) countsBayes(v *Verdict) bool { return c.opt.UseBayes && v.BayesReady }

// finish evaluates the meta rules and adds the scores.
func (c *Classifier) finish(ctx context.Context, m *message.Message, in *Input, scan *rules.Scan, v *Verdict,
	until time.Time) *points {
	scoreSet := 0
	if c.opt.Network != nil {
		scoreSet = rules.WithNetwork
	}
	p := &points{}
	hits := scan.Finish()
	for i := range hits {
		p.add(&hits[i], scoreSet)
	}
	if c.countsBayes(v) && c.opt.LogOdds {
		v.Sum = weigh(hits, scoreSet, v.counted, v.BayesTrust)
	}
	_, stopped := scan.Stopped()
	late := scan.Late() || !until.IsZero() && time.Now().After(until)
	p.partial = stopped || late
	hits = c.bySender(ctx, m, in, scan, hits, p, v)
	v.Hits = make([]Hit, 0, len(hits))
	for i := range hits {
		h := &hits[i]
		v.Hits = append(v.Hits, Hit{Name: h.Name, Score: h.Score, Description: h.Description, Detail: h.Detail})
		v.Score += h.Score
	}
	v.Tags = c.tags(scan, p)
	for _, name := range scan.Slow() {
		v.Notes = append(v.Notes, "rule "+name+" took too long and was left out")
	}
	if late {
		v.Notes = append(v.Notes, "time_limit passed: the rest of the scan was left out")
	}
	v.Score = thousandths(v.Score)
	v.Attached = attachment.Of(m)
	sortHits(v.Hits)
	return p
}

// tags fills in the tags that templates want of the message.
func (c *Classifier) tags(scan *rules.Scan, p *points) map[string]string {
	if len(c.opt.Tags) == 0 {
		return nil
	}
	values := make(map[string]string, len(c.opt.Tags))
	for _, tag := range c.opt.Tags {
		name, arg, _ := strings.Cut(strings.TrimSuffix(tag, ")"), "(")
		if name == "AUTOLEARNSCORE" {
			values[tag] = strconv.FormatFloat(p.total, 'f', -1, 64)
		} else if value, ok := scan.Template(name, arg); ok {
			values[tag] = oneLine(value)
		}
	}
	return values
}

// maxTag bounds the text that a message puts into a template.
const maxTag = 8192

// oneLine returns a text without what could end a header field.
func oneLine(s string) string {
	if len(s) > maxTag {
		s = strings.ToValidUTF8(s[:maxTag], "")
	}
	return strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return ' '
		}
		return r
	}, s)
}

// autolearn has the message learned if the verdict says so, and returns what SpamAssassin's autolearn= would say. A
// message that a filter marked is left to people: its verdict is on the mark as well. One that has been learned before
// keeps its class, and teaches nothing.
func (c *Classifier) autolearn(m *message.Message, tokens *tokenizer.Tokens, p *points, v *Verdict) string {
	class := c.opt.Autolearn.decide(p, v)
	if class == 0 || !c.opt.Learner.Wants(class) || c.opt.Marks.Marked(m) {
		return "no"
	}
	digest := m.Digest()
	if c.opt.Learner.Knows(digest) {
		return "no"
	}
	if !c.trainer.add(digest, tokens, class) {
		return "failed"
	}
	if v.sender != nil && c.opt.Senders.LearnsAlone() {
		c.opt.Senders.Learn(context.Background(), v.sender, class == store.Spam)
	}
	return class.String()
}
