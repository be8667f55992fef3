package main

import (
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"asterism/config"
	"asterism/data"
	"asterism/engine"
	"asterism/environ"
	"asterism/listen"
	"asterism/store"
)

// defaultMaxSize is well above any spam. SpamAssassin skips mails above 256K, because they take it long.
const defaultMaxSize = "1M"

// options has the flags of the command line.
type options struct {
	spam, ham, forget bool
	report, revoke    bool
	copy              bool
	expire, clear     bool
	dump              string
	backup, restore   string

	sitePath  string
	files     []string
	bayesPath string
	control   string
	maxSize   string
	user      string
	version   bool
	siteStore string // bayes_path of the site, also when a user's own store is meant
}

// newCommand returns the command line of spam-learn.
func newCommand() *cobra.Command {
	opt := &options{}
	cmd := &cobra.Command{
		Use: "spam-learn (--spam|--ham|--forget|--report|--revoke) [flags] [FILE|MBOX|MAILDIR|DIR|-]...\n" +
			"  spam-learn (--dump magic|--dump data|--expire|--backup FILE|--restore FILE|--clear) [flags]\n" +
			"  spam-learn --migrate FROM TO",
		Short: "Teach the spam filter from mail of known class",
		Long: "spam-learn teaches Asterism from mailboxes: mbox files, Maildirs, MH folders, directories, files of single\n" +
			"messages, or standard input (-). Each may be compressed by gzip. A message is learned once; learning it as\n" +
			"the other class changes its class. If a spamd has the store open, spam-learn works through its control socket.\n" +
			"\n" +
			"Exit codes: 0 done; 64 usage; 65 a mailbox or backup is damaged; 66 no such input; 70 a message was skipped\n" +
			"because of a bug. 74 the store failed; 75 the store is in use, try again; 77 permission denied;\n" +
			"78 configuration; 130 or 143 ended by a signal.",
		Example: "  spam-learn --ham ~/Maildir ~/mail/friends.mbox\n" +
			"  spam-learn --spam ~/Maildir/.Junk\n" +
			"  zcat spam-2026-*.gz | spam-learn --spam -\n" +
			"  spam-learn --forget misfiled.eml\n" +
			"  spam-learn --dump magic\n" +
			"  spam-learn --backup bayes.txt\n" +
			"  spam-learn --migrate /var/lib/spamd/bayes redis://redis.example.org/",
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, args []string) error {
			if opt.version {
				fmt.Fprintln(cmd.OutOrStdout(), "spam-learn (Asterism)", engine.Version)
				return nil
			}
			if _, err := environ.Apply(cmd.Flags(), []string{"siteconfigpath", "bayes-path", "control"},
				os.Environ()); err != nil {
				return fail(exitUsage, err)
			}
			return opt.run(cmd, args)
		},
	}
	cmd.SetFlagErrorFunc(flagError)
	opt.add(cmd.Flags())
	return cmd
}

func (o *options) add(f *pflag.FlagSet) {
	f.SortFlags = false
	f.BoolVar(&o.spam, "spam", false, "learn the messages as spam")
	f.BoolVar(&o.ham, "ham", false, "learn the messages as ham (mail that is not spam)")
	f.BoolVar(&o.forget, "forget", false, "undo the lessons of the messages")
	f.BoolVar(&o.report, "report", false,
		"learn the messages as spam, and report them to Pyzor, DCC and Razor, as far as switched on")
	f.BoolVar(&o.revoke, "revoke", false, "learn the messages as ham, and revoke their reports")
	f.StringVar(&o.dump, "dump", "", "print the store: `magic` (totals), data (tokens) or all")
	f.BoolVar(&o.expire, "expire", false, "remove the longest unused tokens beyond bayes_expiry_max_db_size now")
	f.StringVar(&o.backup, "backup", "", "write the whole store as text to `FILE` (- is standard output)")
	f.StringVar(&o.restore, "restore", "", "replace the store by the backup in `FILE` (- is standard input)")
	f.BoolVar(&o.copy, "migrate", false,
		"copy the store FROM to the empty store TO; each is a bayes_path, of a file or redis://…")
	f.BoolVar(&o.clear, "clear", false, "empty the store")
	f.StringArrayVarP(&o.files, "config", "c", nil,
		"read this `FILE` of .cf lines, after the built-in ones (repeatable; default "+config.SystemFile+")")
	f.StringVar(&o.sitePath, "siteconfigpath", "",
		"read the site's own *.pre and *.cf files in this `DIR`, before the files of -c")
	f.StringVar(&o.bayesPath, "bayes-path", "", "use the store at this `PATH`, without its suffix")
	f.StringVar(&o.control, "control", "",
		"teach the spamd whose control socket is `ADDR` (default: unix:PATH.sock, if a spamd has the store open)")
	f.StringVarP(&o.user, "user", "u", "", "work on the store of this `USER` (with bayes_per_user)")
	f.StringVar(&o.maxSize, "max-size", defaultMaxSize, "skip messages above this `SIZE`; 0 skips none below 64M")
	f.BoolVarP(&o.version, "version", "v", false, "print the version and exit")
}

// run executes the command line.
func (o *options) run(cmd *cobra.Command, args []string) error {
	actions := 0
	for _, name := range []string{"spam", "ham", "forget", "report", "revoke", "dump", "expire", "backup", "restore",
		"migrate", "clear"} {
		if cmd.Flags().Changed(name) {
			actions++
		}
	}
	if actions != 1 {
		return fail(exitUsage,
			errors.New("give one of --spam, --ham, --forget, --report, --revoke, --dump, --expire, --backup, --restore, "+
				"--migrate and --clear; --help tells more"))
	}
	cfg, err := o.loadConfig()
	if err != nil {
		return err
	}
	o.siteStore = cfg.Bayes.Path
	if err := o.selectUser(cfg); err != nil {
		return err
	}
	if o.copy {
		return o.migrate(cmd, cfg, args)
	}
	if o.class() == 0 && !o.forget {
		if len(args) > 0 {
			return fail(exitUsage, fmt.Errorf("%s: only --spam, --ham, --forget, --report and --revoke take mailboxes", args[0]))
		}
		return o.administer(cmd, cfg)
	}
	if len(args) == 0 {
		if term.IsTerminal(int(os.Stdin.Fd())) {
			return fail(exitUsage, errors.New("name a mailbox, or - for standard input"))
		}
		args = []string{"-"}
	}
	return o.teach(cmd, cfg, args)
}

// selectUser makes a user's own store the one that cfg names. Where a daemon is to work for us, that does so.
func (o *options) selectUser(cfg *config.Config) error {
	if o.user == "" {
		return nil
	}
	if o.copy || o.control != "" && o.class() == 0 && !o.forget {
		return fail(exitUsage,
			errors.New("--user is for teaching, and for stores that this program opens itself"))
	}
	if o.control != "" {
		return nil
	}
	if !cfg.Bayes.PerUser {
		return fail(exitConfig, errors.New("users have no separate stores: set bayes_per_user 1"))
	}
	own, err := engine.ForUser(cfg.Bayes, o.user)
	if err != nil {
		return fail(exitUsage, err)
	}
	cfg.Bayes = own
	return nil
}

// class returns the class to learn, 0 to forget.
func (o *options) class() store.Class {
	switch {
	case o.spam, o.report:
		return store.Spam
	case o.ham, o.revoke:
		return store.Ham
	}
	return 0
}

// loadConfig reads the configuration. Its warnings are spamd's business, and `spamd --lint` shows them.
func (o *options) loadConfig() (*config.Config, error) {
	cfg, problems := config.Load(config.Sources{Defaults: data.Default(), SitePath: o.sitePath,
		Files: o.files}.OrStandard())
	if o.bayesPath != "" {
		problems = append(problems, cfg.Override("bayes_path", o.bayesPath)...)
	}
	for _, p := range problems {
		if p.Severity == config.Error || p.File == config.CommandLine {
			fmt.Fprintln(os.Stderr, "spam-learn:", p)
		}
	}
	if config.Failed(problems) {
		return nil, fail(exitConfig, nil)
	}
	if !cfg.Bayes.Use || !cfg.Bayes.UseLearner {
		return nil, fail(exitConfig, errors.New("learning is switched off (use_bayes, use_learner)"))
	}
	return cfg, nil
}

// limit returns --max-size in bytes, 0 for the default of package mailbox.
func (o *options) limit() (int64, error) {
	text := strings.ToUpper(o.maxSize)
	shift := 0
	for i, suffix := range []string{"K", "M", "G"} {
		if t, ok := strings.CutSuffix(text, suffix); ok {
			text, shift = t, 10*(i+1)
			break
		}
	}
	n, err := strconv.ParseInt(text, 10, 32)
	if err != nil || n < 0 {
		return 0, fail(exitUsage, fmt.Errorf("--max-size %q is not a size such as 500K", o.maxSize))
	}
	return n << shift, nil
}

// controlAddress returns where a daemon that has the store open would be listening.
func (o *options) controlAddress() (listen.Address, error) {
	text := o.control
	if text == "" {
		text = "unix:" + engine.ControlPath(o.siteStore)
	}
	addr, err := listen.Parse(text)
	if err != nil {
		return addr, fail(exitUsage, err)
	}
	return addr, nil
}
