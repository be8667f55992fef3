package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"asterism/config"
	"asterism/doctor"
	"asterism/engine"
	"asterism/listen"
	"asterism/metrics"
	"asterism/spamc"
	"asterism/store"
)

// doctorTimeout is what all checks may take together: a DNS list that does not answer takes rbl_timeout twice.
const doctorTimeout = 30 * time.Second

// exitUnwell is the exit code of spamd doctor where something is wrong.
const exitUnwell = 1

// doctorOptions has the flags of spamd doctor.
type doctorOptions struct {
	*options
	quiet bool
	files doctor.Files
}

// newDoctorCommand returns spamd doctor.
func newDoctorCommand(opt *options) *cobra.Command {
	d := &doctorOptions{options: opt}
	cmd := &cobra.Command{
		Use:   "doctor",
		Short: "Check the installation; each finding has a remedy",
		Long: "doctor checks the configuration, the running daemon, its store, the MTA's configuration on this machine,\n" +
			"the DNS lists and the clock. It prints one line for each finding: ok, warning or error, with the remedy. It\n" +
			"changes nothing. Run it as root, with the daemon's own -c and --bayes-path, if any.\n\n" +
			"Exit code: 0, or 1 if there are errors.",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error { return d.run(cmd.Context(), cmd.OutOrStdout()) },
	}
	cmd.Flags().BoolVarP(&d.quiet, "quiet", "q", false, "print errors only, for health checks")
	cmd.Flags().StringVar(&d.files.MainCF, "main-cf", "/etc/postfix/main.cf",
		"read Postfix's main.cf from this `FILE`, and master.cf beside it")
	cmd.Flags().StringVar(&d.files.SendmailMC, "sendmail-mc", "/etc/mail/sendmail.mc", "read sendmail.mc from this `FILE`")
	cmd.Flags().StringVar(&d.files.SendmailCF, "sendmail-cf", "/etc/mail/sendmail.cf", "read sendmail.cf from this `FILE`")
	return cmd
}

// run makes all checks and prints their findings.
func (d *doctorOptions) run(ctx context.Context, out io.Writer) error {
	ctx, cancel := context.WithTimeout(ctx, doctorTimeout)
	defer cancel()
	cfg, problems := d.loadConfig()
	findings := []doctor.Finding{doctor.Configuration(configNames(d.options), engine.Lint(cfg, problems))}
	status, daemon := d.status(ctx, cfg)
	findings = append(findings, daemon...)
	var ours []listen.Address
	if status == nil {
		findings = append(findings, d.storeAlone(cfg)...)
	} else {
		findings = append(findings, d.storeOf(cfg, status)...)
		findings = append(findings, doctor.Unscanned(status.Skipped[metrics.TooLarge], status.Ham+status.Spam+status.Errors,
			status.Setup.MaxSize))
		ours = milters(status)
		for _, at := range ours {
			findings = append(findings, doctor.Milter(ctx, at))
		}
	}
	if status == nil || len(ours) > 0 {
		findings = append(findings, doctor.MTA(ctx, d.files, ours)...)
	}
	findings = append(findings, d.lists(ctx, cfg)...)
	least := doctor.OK
	if d.quiet {
		least = doctor.Error
	}
	if err := doctor.Write(out, findings, least); err != nil {
		return err
	}
	if doctor.Failed(findings) {
		return fail(exitUnwell, errors.New("some checks failed"))
	}
	return nil
}

// milters returns the daemon's milter sockets.
func milters(status *metrics.Status) []listen.Address {
	all := []listen.Address{}
	for _, name := range status.Setup.Milter {
		if at, err := listen.Parse(name); err == nil {
			all = append(all, at)
		}
	}
	return all
}

// errNoControl is why a daemon whose store is on a server cannot be found.
var errNoControl = errors.New("a store on Redis has no control socket beside it: give the daemon and this command " +
	"--control")

// controlClient returns a client of the running daemon's control socket.
func (o *options) controlClient(cfg *config.Config) (*spamc.Client, error) {
	path := o.control
	if path == "" {
		path = engine.ControlPath(cfg.Bayes.Path)
	}
	if path == "" {
		return nil, errNoControl
	}
	addr, err := listen.Parse(path)
	if err != nil {
		return nil, fail(exitUsage, err)
	}
	return &spamc.Client{Addr: addr}, nil
}

// status asks the daemon how it is; nil if it does not answer.
func (d *doctorOptions) status(ctx context.Context, cfg *config.Config) (*metrics.Status, []doctor.Finding) {
	client, err := d.controlClient(cfg)
	var status metrics.Status
	if err == nil {
		if err = client.Status(ctx, &status); err != nil {
			err = fmt.Errorf("no spamd answers at %s: %w", client.Addr, err)
		}
	}
	if err != nil {
		return nil, []doctor.Finding{doctor.NoDaemon(err)}
	}
	return &status, doctor.Daemon(&status, configNames(d.options))
}

// storeOf judges the store of the running daemon.
func (d *doctorOptions) storeOf(cfg *config.Config, status *metrics.Status) []doctor.Finding {
	if status.Store == nil {
		return []doctor.Finding{doctor.NotLearning()}
	}
	name := status.Setup.Store
	t := store.Totals{Ham: status.Store.Ham, Spam: status.Store.Spam, Tokens: status.Store.Tokens,
		Newest:     status.Store.Newest,
		LastExpiry: status.Store.LastExpiry}
	findings := []doctor.Finding{doctor.Learned(name, t, status.Setup.MinHam, status.Setup.MinSpam)}
	if own := engine.StoreName(cfg.Bayes.Path); own != name {
		findings = append(findings, doctor.OtherStore(name, own))
	}
	return append(findings, doctor.Clock(time.Now(), t, append(slices.Clone(status.Setup.Config), name)...))
}

// storeAlone judges the store where no daemon answers.
func (d *doctorOptions) storeAlone(cfg *config.Config) []doctor.Finding {
	if !cfg.Bayes.Use || !cfg.Bayes.UseLearner {
		return []doctor.Finding{doctor.NotLearning()}
	}
	name := engine.StoreName(cfg.Bayes.Path)
	e, err := engine.Open(cfg, engine.Options{MustExist: true, StoreOnly: true})
	if err != nil {
		if errors.Is(err, fs.ErrNotExist) {
			err = errors.New("it does not exist yet")
		}
		return []doctor.Finding{doctor.NoStore(name, err)}
	}
	defer e.Close()
	t, err := e.Totals()
	if err != nil {
		return []doctor.Finding{doctor.NoStore(name, err)}
	}
	minHam, minSpam := cfg.Bayes.Minimum()
	return []doctor.Finding{doctor.Learned(name, t, minHam, minSpam), doctor.Clock(time.Now(), t,
		append(configNames(d.options), name)...)}
}

// lists asks the DNS lists whether they answer us.
func (d *doctorOptions) lists(ctx context.Context, cfg *config.Config) []doctor.Finding {
	if cfg.Network.LocalOnly {
		return []doctor.Finding{doctor.NoLists("local_tests_only is set")}
	}
	own := *cfg
	own.Bayes.Use = false // the store is not needed
	e, err := engine.Open(&own, engine.Options{})
	if err != nil {
		return []doctor.Finding{doctor.NoLists(strings.TrimSpace(err.Error()))}
	}
	defer e.Close()
	return doctor.Lists(e.Survey(ctx))
}
