package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"os/user"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"asterism/config"
	"asterism/engine"
	"asterism/history"
	"asterism/listen"
	"asterism/spamc"
	"asterism/store"
)

// historyOptions has the flags of spamd history.
type historyOptions struct {
	*options
	json bool

	fields   [len(historyFields)]string
	minScore string
	maxScore string
	limit    int

	ham, spam, back, undo bool
}

// historyFields are the flags of find that are fields of a search, with the names of the fields.
var historyFields = [...]struct{ flag, field, value, help string }{
	{"to", "to", "ADDRESS", "find messages to `ADDRESS`, an address or a domain"},
	{"from", "from", "ADDRESS", "find messages from `ADDRESS`, an address or a domain, in the envelope or the From field"},
	{"subject", "subject", "WORDS", "find subjects with all of these `WORDS`"},
	{"queue-id", "queue", "ID", "find the message with this queue `ID` of the mail server"},
	{"message-id", "msgid", "ID", "find messages with this Message-`ID`"},
	{"client", "client", "CLIENT", "find messages from `CLIENT`, an address or a host name"},
	{"test", "test", "TEST", "find messages that `TEST` hit"},
	{"action", "action", "ACTION", "find messages with this `ACTION`: tag, skip, reject, discard, quarantine, …"},
	{"host", "host", "HOST", "find messages that the daemon on `HOST` scanned"},
	{"since", "since", "TIME",
		"find messages since this `TIME`: 2026-11-20, 2026-11-20T22:00, yesterday, or an age such as 12h or 2d"},
	{"until", "until", "TIME", "find messages before this `TIME`"},
	{"taught", "taught", "CLASS", "find messages taught as this `CLASS`: ham, spam or any"},
	{"verdict", "is", "CLASS", "find messages with this verdict, `CLASS`: ham or spam"},
}

// newHistoryCommand returns spamd history with its subcommands.
func newHistoryCommand(opt *options) *cobra.Command {
	h := &historyOptions{options: opt}
	cmd := &cobra.Command{
		Use:   "history",
		Short: "Find past messages with their reasons, and teach them without a copy",
		Long: "history works on the records of messages that the daemon keeps with \"history 1\". It queries the running\n" +
			"daemon through its control socket. Without a daemon it reads the file.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	find := h.command("find [WORD]...", "Print a table of the messages that match all words, newest first",
		cobra.ArbitraryArgs, h.find)
	find.Long = "find prints a table of messages, newest first. A WORD is a queue ID, a Message-ID, an address or its\n" +
		"domain, a client, a test, an action or a word of the subject. A word may name its field: to:sue@example.org,\n" +
		"test:BAYES_99, score>5, since:1d."
	for i, f := range historyFields {
		find.Flags().StringVar(&h.fields[i], f.flag, "", f.help)
	}
	find.Flags().StringVar(&h.minScore, "min-score", "", "find scores of at least `N`")
	find.Flags().StringVar(&h.maxScore, "max-score", "", "find scores below `N`")
	find.Flags().IntVar(&h.limit, "limit", 50, "print at most `N` messages")
	find.Flags().BoolVar(&h.json, "json", false, "print a JSON object per message instead of a table")
	show := h.command("show ID...", "Print the records of messages", cobra.MinimumNArgs(1), h.show)
	show.Long = "show prints the records of messages. An ID is a record's ID, or a queue ID or Message-ID of one message."
	show.Flags().BoolVar(&h.json, "json", false, "print a JSON object per message")
	teach := h.command("teach (--ham | --spam | --forget | --undo) ID...", "Teach messages by their records",
		cobra.MinimumNArgs(1), h.teach)
	teach.Flags().BoolVar(&h.ham, "ham", false, "learn the messages as ham")
	teach.Flags().BoolVar(&h.spam, "spam", false, "learn the messages as spam")
	teach.Flags().BoolVar(&h.back, "forget", false, "undo all lessons of the messages")
	teach.Flags().BoolVar(&h.undo, "undo", false, "undo the last lesson, and restore the one before")
	teach.Flags().BoolVar(&h.json, "json", false, "print a JSON object per message")
	teach.MarkFlagsMutuallyExclusive("ham", "spam", "forget", "undo")
	teach.MarkFlagsOneRequired("ham", "spam", "forget", "undo")
	forget := h.command("forget ADDRESS...", "Erase addresses from all records, and records of messages to nobody else",
		cobra.MinimumNArgs(1), h.forget)
	forget.Flags().BoolVar(&h.json, "json", false, "print a JSON object per address")
	cmd.AddCommand(find, show, teach, forget)
	return cmd
}

// historyJob is one subcommand at work.
type historyJob struct {
	cfg  *config.Config
	args []string
	out  io.Writer
	ask  func(ctx context.Context, what string, request []byte) ([]byte, error)
}

func (h *historyOptions) command(use, short string, args cobra.PositionalArgs,
	run func(context.Context, *historyJob) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: args, RunE: func(cmd *cobra.Command, args []string) error {
		cfg, problems := h.loadConfig()
		if config.Failed(problems) {
			return fail(exitConfig, firstError(problems))
		}
		job := &historyJob{cfg: cfg, args: args, out: cmd.OutOrStdout()}
		end, err := h.connect(cmd.Context(), job)
		if err != nil {
			return fail(exitUnavailable, err)
		}
		defer end()
		err = run(cmd.Context(), job)
		if errors.Is(err, history.ErrNotFound) {
			return fail(exitNoInput, err)
		}
		return fail(exitUnavailable, err)
	}}
}

// connect has the job ask the running daemon or, where none answers, the file.
func (h *historyOptions) connect(ctx context.Context, job *historyJob) (end func(), err error) {
	if path := cmp.Or(h.control, historyControl(job.cfg)); path != "" {
		addr, err := listen.Parse(path)
		if err != nil {
			return nil, fail(exitUsage, err)
		}
		client := &spamc.Client{Addr: addr}
		if err = client.Ping(ctx); err == nil {
			job.ask = client.History
			return func() {}, nil
		}
		if h.control != "" {
			return nil, fmt.Errorf("no spamd answers at %s: %w", h.control, err)
		}
	}
	if !job.cfg.History.On {
		return nil, engine.ErrNoHistory
	}
	if _, err := os.Stat(job.cfg.HistoryFile()); err != nil {
		return nil, fmt.Errorf("no daemon is running, and there is no history file: %w", err)
	}
	log := slog.New(slog.NewTextHandler(os.Stderr, &slog.HandlerOptions{Level: slog.LevelWarn}))
	job.cfg.Bayes.AutoLearn = false
	e, err := engine.Open(job.cfg, engine.Options{Log: log, LearnOnly: true, History: true})
	if err != nil {
		return nil, err
	}
	job.ask = e.AskHistory
	return func() { e.Close() }, nil
}

// do asks one question.
func (job *historyJob) do(ctx context.Context, what string, request, answer any) (raw []byte, err error) {
	b, err := json.Marshal(request)
	if err != nil {
		return nil, err
	}
	if raw, err = job.ask(ctx, what, b); err != nil {
		return nil, err
	}
	return raw, json.Unmarshal(raw, answer)
}

// query returns what find is to find.
func (h *historyOptions) query(words []string) (*history.Query, error) {
	for i, f := range historyFields {
		if v := h.fields[i]; v != "" {
			words = append(words, f.field+`:"`+strings.ReplaceAll(v, `"`, "")+`"`)
		}
	}
	if h.minScore != "" {
		words = append(words, "min-score:"+h.minScore)
	}
	if h.maxScore != "" {
		words = append(words, "max-score:"+h.maxScore)
	}
	q, err := history.ParseQuery(strings.Join(words, " "), time.Now())
	if err != nil {
		return nil, fail(exitUsage, err)
	}
	q.Limit = h.limit
	return q, nil
}

func (h *historyOptions) find(ctx context.Context, job *historyJob) error {
	q, err := h.query(job.args)
	if err != nil {
		return err
	}
	var found engine.HistoryFound
	if _, err := job.do(ctx, "find", q, &found); err != nil {
		return err
	}
	if !h.json {
		return writeTable(job.out, &found)
	}
	for _, r := range found.Records {
		if err := json.NewEncoder(job.out).Encode(r); err != nil {
			return err
		}
	}
	return nil
}

func (h *historyOptions) show(ctx context.Context, job *historyJob) error {
	describe := engine.Descriptions(job.cfg)
	return job.each(func(name string) error {
		var shown engine.HistoryShown
		raw, err := job.do(ctx, "show", engine.HistoryAct{Name: name}, &shown)
		if err != nil || h.json {
			return job.json(raw, err)
		}
		return writeRecord(job.out, &shown, describe)
	})
}

func (h *historyOptions) teach(ctx context.Context, job *historyJob) error {
	act := engine.HistoryAct{Back: h.back, Undo: h.undo, By: whoAmI()}
	if h.ham {
		act.Class = store.Ham
	} else if h.spam {
		act.Class = store.Spam
	}
	return job.each(func(name string) error {
		act.Name = name
		var taught engine.HistoryTaught
		raw, err := job.do(ctx, "teach", act, &taught)
		if err != nil || h.json {
			return job.json(raw, err)
		}
		_, err = fmt.Fprintf(job.out, "%s %s: it scored %.1f of %.1f; a copy scored %.1f before this lesson, and scores "+
			"%.1f\n", taught.Record.ID, taught.Result,
			taught.Record.Score, taught.Record.Required, taught.Before.Score, taught.After.Score)
		return err
	})
}

func (h *historyOptions) forget(ctx context.Context, job *historyJob) error {
	return job.each(func(address string) error {
		var gone engine.HistoryForgotten
		raw, err := job.do(ctx, "forget", engine.HistoryAct{Address: address}, &gone)
		if err != nil || h.json {
			return job.json(raw, err)
		}
		_, err = fmt.Fprintf(job.out, "%s erased from %d records\n", escaped(address), gone.Records)
		return err
	})
}

// each does something for all that the command line names. One that fails does not keep it from the others.
func (job *historyJob) each(do func(name string) error) error {
	var errs []error
	for _, name := range job.args {
		if err := do(name); err != nil {
			errs = append(errs, err)
		}
	}
	return errors.Join(errs...)
}

// json prints an answer as it came.
func (job *historyJob) json(raw []byte, err error) error {
	if err == nil {
		_, err = fmt.Fprintf(job.out, "%s\n", raw)
	}
	return err
}

// whoAmI names the user who runs the command: the user before su or sudo, if known.
func whoAmI() string {
	if name := os.Getenv("SUDO_USER"); name != "" {
		return name
	}
	if u, err := user.Current(); err == nil {
		return u.Username
	}
	return "user " + strconv.Itoa(os.Getuid())
}
