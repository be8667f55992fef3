package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"os"
	"os/exec"
	"syscall"
	"time"

	"asterism/classifier"
	"asterism/config"
	"asterism/contain"
	"asterism/daemon"
	"asterism/engine"
	"asterism/envelope"
	"asterism/history"
	"asterism/listen"
	"asterism/spamc"
	"github.com/spf13/cobra"
)

// exitTempfail is EX_TEMPFAIL: the MTA keeps the mail and tries again later.
const exitTempfail = 75

// mdaOptions has the flags of spamd mda.
type mdaOptions struct {
	*options
	sender     string
	recipients []string
	program    []string
}

// newMDACommand returns spamd mda. Whatever goes wrong is a temporary failure to the MTA: a typo in its configuration
// must not return mail to its senders.
func newMDACommand(opt *options) *cobra.Command {
	mda := &mdaOptions{options: opt}
	cmd := &cobra.Command{
		Use:   "mda [flags] -- PROGRAM [ARG]...",
		Short: "Tag the message on standard input, then deliver it by another program",
		Long: "mda takes the place of the local delivery agent. It reads one message from standard input, tags it, and\n" +
			"executes PROGRAM in its place, with the tagged message as standard input. PROGRAM's output and exit code reach\n" +
			"the MTA unchanged. The daemon scans the message if one runs. A message that cannot be scanned is delivered\n" +
			"untagged; with on_error tempfail, mda exits with 75 (EX_TEMPFAIL), as for all other failures.",
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 0 {
				return fail(exitTempfail, errors.New("mda needs a delivery agent: spamd mda -- PROGRAM [ARG...]"))
			}
			mda.program = args
			return mda.run(cmd.Context())
		},
	}
	cmd.SetFlagErrorFunc(func(cmd *cobra.Command, err error) error { return fail(exitTempfail, flagError(cmd, err)) })
	cmd.Flags().StringVar(&mda.sender, "sender", "", "envelope sender `ADDRESS`")
	cmd.Flags().StringArrayVar(&mda.recipients, "recipient", nil, "envelope recipient `ADDRESS` (may be repeated)")
	cmd.Flags().SetInterspersed(false)
	return cmd
}

// run tags the mail and becomes the delivery agent; it returns only if that fails.
func (o *mdaOptions) run(ctx context.Context) error {
	raw, err := io.ReadAll(os.Stdin)
	if err != nil {
		return fail(exitTempfail, fmt.Errorf("cannot read the message: %w", err))
	}
	logs, err := openLogs(o.options, daemon.Identity{})
	if err != nil {
		return fail(exitTempfail, errors.Unwrap(err))
	}
	cfg, problems := o.loadConfig()
	if config.Failed(problems) {
		return fail(exitTempfail, firstError(problems))
	}
	message, err := o.tagOrNot(ctx, cfg, logs.area("mda"), raw)
	if err != nil {
		return fail(exitTempfail, err)
	}
	return fail(exitTempfail, o.become(message))
}

// tagOrNot returns the mail with its verdict or, if it cannot be checked and on_error says so, without.
func (o *mdaOptions) tagOrNot(ctx context.Context, cfg *config.Config, log *slog.Logger, raw []byte) ([]byte, error) {
	var message []byte
	err := contain.Call(func() (err error) {
		message, err = o.tag(ctx, cfg, raw)
		return err
	})
	if err == nil {
		return message, nil
	}
	if cfg.Daemon.OnError == "tempfail" {
		return nil, err
	}
	log.Error("delivering the message untagged", "from", o.sender, "to", o.recipients, "err", err)
	return engine.TagOptions(cfg, version()).Rewrite(raw, nil), nil
}

// tag returns the mail with its verdict; a large one without.
func (o *mdaOptions) tag(ctx context.Context, cfg *config.Config, raw []byte) ([]byte, error) {
	if int64(len(raw)) >= cfg.Daemon.MaxSize {
		return engine.TagOptions(cfg, version()).Rewrite(raw, nil), nil
	}
	ctx, cancel := context.WithTimeout(ctx, min(cfg.Daemon.Deadline+checkGrace, maxCheck))
	defer cancel()
	client, err := o.daemon(ctx, cfg)
	if err != nil {
		return nil, err
	}
	if client == nil {
		return o.tagHere(ctx, cfg, raw)
	}
	r, err := client.Process(ctx, raw)
	if err != nil {
		return nil, err
	}
	return r.Message, nil
}

// restartPatience is how long mail waits for a daemon that has crashed to come back.
const restartPatience = 10 * time.Second

// daemon returns a client of the daemon, or nil without a daemon: no --control, and no socket beside the store. A
// stopped daemon removes its socket. So a socket without an answer belongs to a crashed daemon, which should be back
// soon. Opening its store in the meantime would only delay it.
func (o *mdaOptions) daemon(ctx context.Context, cfg *config.Config) (*spamc.Client, error) {
	path := o.control
	if path == "" {
		path = engine.ControlPath(cfg.Bayes.Path)
	}
	if path == "" {
		return nil, nil
	}
	addr, err := listen.Parse(path)
	if err != nil {
		return nil, err
	}
	client := &spamc.Client{Addr: addr, User: classifier.UserOf(o.recipients), Sender: envelope.Mailbox(o.sender),
		Recipients: o.mailboxes()}
	for deadline := time.Now().Add(restartPatience); ; time.Sleep(100 * time.Millisecond) {
		err := client.Ping(ctx)
		if err == nil {
			return client, nil
		}
		if o.control == "" && errors.Is(err, fs.ErrNotExist) {
			return nil, nil
		}
		if time.Now().After(deadline) || ctx.Err() != nil || errors.Is(err, fs.ErrPermission) {
			return nil, fmt.Errorf("no daemon answers: %w", err)
		}
	}
}

// mailboxes returns the recipients' addresses in their plain form.
func (o *mdaOptions) mailboxes() []string {
	plain := make([]string, len(o.recipients))
	for i, to := range o.recipients {
		plain[i] = envelope.Mailbox(to)
	}
	return plain
}

// tagHere has the mail checked in this process.
func (o *mdaOptions) tagHere(ctx context.Context, cfg *config.Config, raw []byte) ([]byte, error) {
	e, err := engine.Open(cfg, engine.Options{History: true, Senders: true})
	if err != nil {
		return nil, err
	}
	defer e.Close()
	in := &classifier.Input{Raw: raw, Sender: envelope.Mailbox(o.sender), Recipients: o.mailboxes(),
		User: classifier.UserOf(o.recipients)}
	v, err := e.Check(ctx, in)
	if err != nil {
		return nil, err
	}
	e.Record(in, v, &history.Outcome{Front: "mda", Action: "tag", Took: v.Took})
	return engine.TagOptions(cfg, version()).Rewrite(raw, v), nil
}

// become replaces this process by the delivery agent, with the message in an unnamed file as its standard input. So
// there is never a second process with the mail: killed before, nothing is delivered; killed after, the agent itself is
// killed.
func (o *mdaOptions) become(message []byte) error {
	path, err := exec.LookPath(o.program[0])
	if err != nil {
		return err
	}
	input, err := unnamedFile()
	if err != nil {
		return err
	}
	if _, err := input.Write(message); err != nil {
		return err
	}
	if _, err := input.Seek(0, io.SeekStart); err != nil {
		return err
	}
	if err := toStdin(input); err != nil {
		return fmt.Errorf("standard input: %w", err)
	}
	return fmt.Errorf("%s: %w", path, syscall.Exec(path, o.program, os.Environ()))
}
