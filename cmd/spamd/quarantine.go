package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"
	"text/tabwriter"

	"github.com/spf13/cobra"

	"asterism/config"
	"asterism/engine"
	"asterism/envelope"
	"asterism/quarantine"
	"asterism/submit"
	"asterism/tag"
)

// quarantineOptions has the flags of spamd quarantine.
type quarantineOptions struct {
	*options
	json      bool
	message   bool
	users     bool
	olderThan string
	maxSize   string
}

// newQuarantineCommand returns spamd quarantine with its subcommands.
func newQuarantineCommand(opt *options) *cobra.Command {
	q := &quarantineOptions{options: opt}
	cmd := &cobra.Command{
		Use:   "quarantine",
		Short: "List, show, release and delete messages in quarantine_dir",
		Long: "quarantine works on the messages in quarantine_dir, where the policy \"quarantine_to directory\" puts\n" +
			"them. It reads the daemon's configuration (-c) and needs no daemon.",
		Args: noArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return cmd.Help() },
	}
	list := q.command("list", "Print a table of the messages, oldest first", cobra.NoArgs, q.list)
	list.Flags().BoolVar(&q.json, "json", false, "print a JSON object per message instead of a table")
	show := q.command("show ID", "Print a message's envelope, verdict and header", cobra.ExactArgs(1), q.show)
	show.Flags().BoolVar(&q.json, "json", false, "print a JSON object of envelope and verdict")
	show.Flags().BoolVar(&q.message, "message", false, "print the original message")
	show.MarkFlagsMutuallyExclusive("json", "message")
	release := q.command("release ID...",
		"Send messages to their recipients, and delete them once the mail server has them",
		cobra.MinimumNArgs(1), q.release)
	remove := q.command("delete ID...", "Delete messages", cobra.MinimumNArgs(1), q.delete)
	expire := q.command("expire", "Delete old messages, as the daemon does each hour", cobra.NoArgs, q.expire)
	expire.Flags().StringVar(&q.olderThan, "older-than", "",
		"delete messages older than this `TIME`, such as 14d (default: quarantine_expire)")
	expire.Flags().StringVar(&q.maxSize, "max-total", "",
		"delete the oldest messages beyond this `SIZE`, such as 2G (default: quarantine_max_size)")
	notify := q.command("notify", "Send admin_address a digest of new messages since the last one", cobra.NoArgs,
		q.notify)
	notify.Flags().BoolVar(&q.users, "users", false, "send digests to recipients in user_digest_domains instead")
	cmd.AddCommand(list, show, release, remove, expire, notify)
	return cmd
}

// quarantineJob is one subcommand at work.
type quarantineJob struct {
	cfg  *config.Config
	dir  *quarantine.Dir
	args []string
	out  io.Writer
}

func (q *quarantineOptions) command(use, short string, args cobra.PositionalArgs,
	run func(context.Context, *quarantineJob) error) *cobra.Command {
	return &cobra.Command{Use: use, Short: short, Args: args, RunE: func(cmd *cobra.Command, args []string) error {
		cfg, problems := q.loadConfig()
		if q.olderThan != "" {
			problems = append(problems, cfg.Parse("command line", []byte("quarantine_expire "+q.olderThan+"\n"))...)
		}
		if q.maxSize != "" {
			problems = append(problems, cfg.Parse("command line", []byte("quarantine_max_size "+q.maxSize+"\n"))...)
		}
		if config.Failed(problems) {
			return fail(exitConfig, firstError(problems))
		}
		job := &quarantineJob{cfg: cfg, dir: quarantine.At(cfg.Quarantine.Dir), args: args, out: cmd.OutOrStdout()}
		return quarantineExit(run(cmd.Context(), job))
	}}
}

// quarantineExit gives an error of the quarantine its exit code: 66 for a mail that is not there, 75 where it is
// worth to try again.
func quarantineExit(err error) error {
	if errors.Is(err, quarantine.ErrNotFound) {
		return fail(exitNoInput, err)
	}
	return fail(exitTempfail, err)
}

func (q *quarantineOptions) list(_ context.Context, job *quarantineJob) error {
	items, err := job.dir.List()
	if q.json {
		for _, i := range items {
			err = errors.Join(err, json.NewEncoder(job.out).Encode(i))
		}
		return err
	}
	w := tabwriter.NewWriter(job.out, 0, 8, 2, ' ', 0)
	if len(items) > 0 {
		fmt.Fprintln(w, "ID\tRECEIVED\tSCORE\tSENDER\tRECIPIENTS\tSUBJECT")
	}
	for _, i := range items {
		env := &i.Envelope
		fmt.Fprintf(w, "%s\t%s\t%s\t<%s>\t%s\t%s\n", i.ID, env.Received.Local().Format("2006-01-02 15:04"),
			i.Verdict.Full().ShownScore(),
			cell(env.Sender), cell(strings.Join(env.Recipients, ",")), cell(i.Subject))
	}
	return errors.Join(err, w.Flush())
}

// cell returns a text out of a mail as it fits into a table.
func cell(s string) string {
	const width = 40
	s = quarantine.Printable(s)
	if runes := []rune(s); len(runes) > width {
		return string(runes[:width-1]) + "…"
	}
	return s
}

func (q *quarantineOptions) show(_ context.Context, job *quarantineJob) error {
	id := job.args[0]
	item, err := job.dir.Get(id)
	if err != nil {
		return err
	}
	if q.json {
		return json.NewEncoder(job.out).Encode(item)
	}
	raw, err := job.dir.Message(id)
	if err != nil {
		return err
	}
	if q.message {
		_, err = job.out.Write(raw)
		return err
	}
	env := &item.Envelope
	fmt.Fprintf(job.out, "%s, %d bytes, received %s", item.ID, item.Size,
		env.Received.Local().Format("2006-01-02 15:04:05 -0700"))
	if env.QueueID != "" {
		fmt.Fprintf(job.out, " as %s", quarantine.Printable(env.QueueID))
	}
	fmt.Fprintf(job.out, "\nclient     %s[%s] helo %s", quarantine.Printable(env.ClientName), env.Client,
		quarantine.Printable(env.Helo))
	if env.AuthUser != "" {
		fmt.Fprintf(job.out, " authenticated as %s", quarantine.Printable(env.AuthUser))
	}
	fmt.Fprintf(job.out, "\nsender     <%s>\n", quarantine.Printable(env.Sender))
	for _, to := range env.Recipients {
		fmt.Fprintf(job.out, "recipient  <%s>\n", quarantine.Printable(to))
	}
	fmt.Fprintf(job.out, "\n%s\n", tag.Report(item.Verdict.Full()))
	for line := range strings.Lines(string(tag.HeaderOf(raw))) {
		fmt.Fprintln(job.out, quarantine.Printable(strings.ReplaceAll(strings.TrimRight(line, "\r\n"), "\t", "    ")))
	}
	return nil
}

func (q *quarantineOptions) release(ctx context.Context, job *quarantineJob) error {
	return job.each(func(id string) error { return release(ctx, job.cfg, job.dir, id, "") }, "released")
}

// mailer returns the mailer that quarantine_submit names.
func mailer(to config.Submitter) submit.Mailer {
	switch {
	case to.Program != nil:
		return submit.Program(to.Program)
	case to.LMTP:
		return submit.LMTP(to.Server)
	}
	return submit.SMTP(to.Server)
}

// release sends a mail of the quarantine on its way, by quarantine_submit: to one of its recipients, or to all if that
// is "".
func release(ctx context.Context, cfg *config.Config, dir *quarantine.Dir, id, recipient string) error {
	by, tags := mailer(cfg.Quarantine.Submit), engine.TagOptions(cfg, version())
	clean := func(raw []byte) []byte { return tags.Rewrite(raw, nil) }
	if recipient != "" {
		return dir.ReleaseTo(ctx, id, recipient, by, clean)
	}
	return dir.Release(ctx, id, by, clean)
}

func (q *quarantineOptions) delete(_ context.Context, job *quarantineJob) error {
	return job.each(job.dir.Delete, "deleted")
}

// each does something to all mails that the command line names. One that fails does not keep it from the others.
func (job *quarantineJob) each(do func(id string) error, done string) error {
	var errs []error
	for _, id := range job.args {
		if err := do(id); err != nil {
			errs = append(errs, err)
			continue
		}
		fmt.Fprintln(job.out, id, done)
	}
	return errors.Join(errs...)
}

func (q *quarantineOptions) expire(_ context.Context, job *quarantineJob) error {
	n, err := job.dir.Expire(job.cfg.Quarantine.Expire, job.cfg.Quarantine.MaxSize)
	fmt.Fprintln(job.out, n, "deleted")
	return err
}

func (q *quarantineOptions) notify(ctx context.Context, job *quarantineJob) error {
	if q.users {
		return notifyUsers(ctx, job)
	}
	if job.cfg.Quarantine.AdminAddress == "" {
		return fail(exitConfig, errors.New("no recipient of digests: set admin_address"))
	}
	n, err := sendDigest(ctx, job.dir, job.cfg, q.options)
	if err == nil {
		fmt.Fprintln(job.out, n, "new")
	}
	return err
}

// sendDigest sends the administrator a digest, if there is anything new, and returns how much.
func sendDigest(ctx context.Context, dir *quarantine.Dir, cfg *config.Config, opt *options) (int, error) {
	host, err := os.Hostname()
	if err != nil {
		return 0, err
	}
	command := "spamd quarantine"
	for _, file := range opt.files {
		command += " -c " + file
	}
	q := &cfg.Quarantine
	return dir.Notify(ctx, mailer(q.Submit), quarantine.Digest{To: q.AdminAddress, From: q.DaemonAddress, Host: host,
		Command: command})
}

// notifyUsers sends recipients their digests, and prints how many.
func notifyUsers(ctx context.Context, job *quarantineJob) error {
	if len(job.cfg.Quarantine.UserDomains) == 0 {
		return fail(exitConfig, errors.New("no recipient gets a digest: set user_digest_domains"))
	}
	n, err := sendUserDigests(ctx, job.dir, job.cfg)
	fmt.Fprintln(job.out, n, "digests")
	return err
}

// sendUserDigests sends recipients in user_digest_domains a digest of what is new to them, and returns how many it has
// sent.
func sendUserDigests(ctx context.Context, dir *quarantine.Dir, cfg *config.Config) (int, error) {
	host, err := os.Hostname()
	if err != nil {
		return 0, err
	}
	q := &cfg.Quarantine
	return dir.NotifyUsers(ctx, mailer(q.Submit), quarantine.UserDigest{From: q.DaemonAddress, Host: host,
		URL: cfg.Web.URL,
		Of: func(to string) bool {
			key := envelope.Key(to)
			at := strings.LastIndexByte(key, '@')
			return at >= 0 && slices.Contains(q.UserDomains, key[at+1:])
		}})
}
