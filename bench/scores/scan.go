package main

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"slices"
	"strings"
	"sync"

	"asterism/bench/trec/index"
	"asterism/config"
	"asterism/data"
	"asterism/message"
	"asterism/network"
	"asterism/rules"
	"asterism/store"
)

// mail is one labelled message, and what the rules say of it.
type mail struct {
	path   string
	index  string // that lists it
	kind   string
	source string // the list that it came by, or the domain of its author
	spam   bool
	score  float64
	hits   []rules.Hit
}

// numbered is the name of a file of a kind: kind-0001.eml.
var numbered = regexp.MustCompile(`^([a-z][a-z-]*?)-\d+\.[a-z]+$`)

// kindOf returns the kind of a message by its path.
func kindOf(path string) string {
	if m := numbered.FindStringSubmatch(filepath.Base(path)); m != nil {
		return m[1]
	}
	return filepath.Base(filepath.Dir(path))
}

func readIndexes(names []string) ([]*mail, error) {
	var mails []*mail
	for _, name := range names {
		entries, err := entriesOf(name)
		if err != nil {
			return nil, err
		}
		for _, e := range entries {
			mails = append(mails, &mail{path: e.Path, index: name, kind: kindOf(e.Path), spam: e.Class == store.Spam})
		}
	}
	if len(mails) == 0 {
		return nil, fmt.Errorf("no -index")
	}
	return mails, nil
}

// entriesOf reads an index, or takes the messages of a directory's ham and spam.
func entriesOf(name string) ([]index.Entry, error) {
	if info, err := os.Stat(name); err != nil || !info.IsDir() {
		return index.Read(name)
	}
	var entries []index.Entry
	for dir, class := range map[string]store.Class{"ham": store.Ham, "spam": store.Spam} {
		paths, err := filepath.Glob(filepath.Join(name, dir, "*"))
		if err != nil {
			return nil, err
		}
		for _, p := range paths {
			entries = append(entries, index.Entry{Class: class, Path: p})
		}
	}
	return entries, nil
}

// scan runs the local rules over all messages, without Bayes, and returns the rules.
func scan(mails []*mail, opt *options) (*rules.Set, error) {
	cfg, problems := config.Load(config.Sources{Defaults: data.Default(), RulesPath: opt.rulesPath,
		SitePath: opt.sitePath})
	set, more := rules.Compile(cfg, network.Functions())
	for _, p := range append(problems, more...) {
		fmt.Fprintln(os.Stderr, p)
	}
	return set, scanWith(set, mails, func(raw []byte) []byte { return raw })
}

// scanBare runs the rules over the messages of a kind, without the verdicts of other filters.
func scanBare(set *rules.Set, mails []*mail, kind string) ([]*mail, error) {
	var bare []*mail
	for _, m := range mails {
		if m.kind == kind {
			bare = append(bare, &mail{path: m.path, index: m.index + bareSuffix, kind: kind + bareSuffix, spam: m.spam})
		}
	}
	return bare, scanWith(set, bare, withoutVerdicts)
}

// verdictField is the fields in which filters note what they found.
var verdictField = regexp.MustCompile(`(?i)^(?:x-ms-|x-forefront|x-microsoft|authentication-results|arc-|x-sid` +
	`|x-incoming|x-eop|` +
	`received-spf|x-spam|x-message|x-exchange|x-dkim|x-store)`)

func withoutVerdicts(raw []byte) []byte {
	end := bytes.Index(raw, []byte("\n\n"))
	if i := bytes.Index(raw, []byte("\r\n\r\n")); i >= 0 && (end < 0 || i < end) {
		end = i
	}
	if end < 0 {
		return raw
	}
	var out []byte
	keep := true
	for line := range bytes.Lines(raw[:end+1]) {
		if line[0] != ' ' && line[0] != '\t' {
			keep = !verdictField.Match(line)
		}
		if keep {
			out = append(out, line...)
		}
	}
	return slices.Concat(out, raw[end+1:])
}

func scanWith(set *rules.Set, mails []*mail, change func([]byte) []byte) error {
	work := make(chan *mail)
	errs := make(chan error, len(mails))
	var wg sync.WaitGroup
	for range runtime.GOMAXPROCS(0) {
		wg.Go(func() {
			for m := range work {
				raw, err := os.ReadFile(m.path)
				if err != nil {
					errs <- err
					continue
				}
				m.scan(set, change(raw))
			}
		})
	}
	for _, m := range mails {
		work <- m
	}
	close(work)
	wg.Wait()
	select {
	case err := <-errs:
		return err
	default:
		return nil
	}
}

func (m *mail) scan(set *rules.Set, raw []byte) {
	parsed := message.Parse(raw)
	sc := set.Begin(parsed, &rules.Envelope{})
	defer sc.Close()
	sc.RunLocal()
	m.hits = sc.Finish()
	for _, h := range m.hits {
		m.score += h.Score
	}
	for _, slow := range sc.Slow() {
		fmt.Fprintf(os.Stderr, "%s: %s ran out of time\n", m.path, slow)
	}
	m.source = sourceOf(parsed)
}

// sourceOf returns where messages like this one come from.
func sourceOf(m *message.Message) string {
	if id := m.Header().Value("List-Id"); id != "" {
		return strings.ToLower(id)
	}
	for _, a := range m.Header().Addresses("From") {
		if _, host, ok := strings.Cut(a.Addr, "@"); ok {
			host = strings.ToLower(host)
			if d := message.RegistrableDomain(host); d != "" {
				return d
			}
			return host
		}
	}
	return ""
}
