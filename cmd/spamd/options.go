package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"github.com/spf13/pflag"

	"asterism/config"
	"asterism/data"
	"asterism/listen"
	"asterism/spamc"
	"asterism/update"
	"asterism/web/remedy"
)

// options is what the command line says.
type options struct {
	rulesPath    string
	sitePath     string
	updates      string
	files        []string
	overrides    overrides
	debug        []string
	logFormat    string
	syslog       bool
	control      string
	controlMode  string
	controlGroup string
	milter       []string
	milterSet    bool // the command line names them
	serves       bool // the command is the daemon or --lint, which must be able to read all of the configuration
	listen       []string
	http         []string
	web          []string
	webCert      string
	webKey       string
	webProxy     bool
	rspamd       []string
	allowTell    bool
	allowed      []string
	ssl          bool
	serverCert   string
	serverKey    string
	socketMode   string
	owner        string
	group        string
	lint         bool
	version      bool
	stopTime     time.Duration
	logFile      string
	runUser      string
	runGroup     string
	pidFile      string
	limits       limits
}

// limits say how much is done at once.
type limits struct {
	conns, scans, waiting int
}

// overrides are options of the configuration that the command line sets.
type overrides struct {
	localOnly  bool
	maxSize    string
	bayesPath  string
	history    bool
	dnsServers []string
}

// addCommon adds the flags that the subcommands have as well.
func (o *options) addCommon(f *pflag.FlagSet) {
	f.SortFlags = false
	f.StringArrayVarP(&o.files, "config", "c", nil, "read this `FILE` of .cf lines, after the built-in ones (may be repeated; default "+config.SystemFile+")")
	f.StringVarP(&o.rulesPath, "configpath", "C", "", "read the rules in this `DIR`, such as /usr/share/spamassassin, instead of the built-in ones")
	f.StringVar(&o.updates, "updates", "/var/lib/spamd/rules", "use the rules in this `DIR` that spamd update has installed, if newer than the built-in ones")
	f.StringVar(&o.sitePath, "siteconfigpath", "", "read the site's own *.pre and *.cf files in this `DIR`, before those of -c")
	f.BoolVarP(&o.overrides.localOnly, "local-tests-only", "L", false, "ask nobody over the network: no DNS lists, no remote checks")
	f.StringVar(&o.overrides.maxSize, "max-size", "", "leave mails of this `SIZE` or more unscanned, such as 100K")
	f.StringVar(&o.overrides.bayesPath, "bayes-path", "", "`PATH` of the learner's store, without its suffix")
	f.BoolVar(&o.overrides.history, "history", false, "keep a history of mails (history 1)")
	f.StringArrayVar(&o.overrides.dnsServers, "dns-server", nil, "ask this name server, `HOST:PORT`, instead of the system's (may be repeated)")
	f.StringVar(&o.control, "control", "", "control socket `ADDR`, by which mails are checked and taught, besides unix:PATH.sock beside the store")
	f.StringSliceVar(&o.debug, "debug", nil, "log the details of these `AREA`s: config, milter, spamc, rspamd, web, scan, net, or all")
	f.StringVar(&o.logFormat, "log-format", "text", "`FORM` of the log on standard error: text or json")
	f.BoolVar(&o.syslog, "syslog", false, "log to syslog's mail facility instead of standard error")
}

// addServe adds the flags of the daemon itself.
func (o *options) addServe(f *pflag.FlagSet) {
	f.SortFlags = false
	f.BoolVar(&o.lint, "lint", false, "read the configuration, say what is wrong with it, and exit with 0, or 1 on errors")
	f.StringArrayVar(&o.milter, "milter", []string{"inet:8891@127.0.0.1"}, "serve the milter protocol at `ADDR` (may be repeated; none for none)")
	f.StringArrayVar(&o.listen, "listen", nil, "serve SpamAssassin's spamd protocol at `ADDR` as well (may be repeated)")
	f.StringArrayVar(&o.http, "http", nil, "serve /healthz, /readyz and /metrics over HTTP at `ADDR` (may be repeated)")
	f.StringArrayVar(&o.web, "web", nil, "serve the administrator's pages and the HTTP API at `ADDR`, for accounts of spamd web passwd (may be repeated)")
	f.StringVar(&o.webCert, "web-cert", "", "speak TLS on --web's TCP sockets, by the certificate chain in this `FILE` (PEM)")
	f.StringVar(&o.webKey, "web-key", "", "`FILE` of its key (PEM)")
	f.BoolVar(&o.webProxy, "web-proxy", false, "a proxy before --web speaks TLS, and names the client in X-Forwarded-For")
	f.StringArrayVar(&o.rspamd, "rspamd", nil, "serve rspamd's HTTP protocol at `ADDR` as well, to --allowed-ips without a password (may be repeated)")
	f.BoolVar(&o.allowTell, "allow-tell", false, "let clients of --listen and --rspamd teach and unteach (the control socket always does)")
	f.StringSliceVarP(&o.allowed, "allowed-ips", "A", []string{"127.0.0.0/8", "::1"}, "let these `NET`s connect to the TCP sockets of --listen and --rspamd")
	f.BoolVar(&o.ssl, "ssl", false, "speak TLS on --listen's TCP sockets")
	f.StringVar(&o.serverCert, "server-cert", "", "`FILE` of the certificate for that, with those that vouch for it, in PEM form")
	f.StringVar(&o.serverKey, "server-key", "", "`FILE` of its key")
	f.StringVar(&o.socketMode, "socket-mode", "0660", "permission bits, `MODE`, of the unix sockets of --milter, --listen, --http, --web and --rspamd")
	f.StringVar(&o.owner, "socket-owner", "", "`USER` to own those sockets")
	f.StringVar(&o.group, "socket-group", "", "`GROUP` to own those sockets")
	f.StringVar(&o.controlMode, "control-mode", "0600", "permission bits, `MODE`, of the unix socket of --control")
	f.StringVar(&o.controlGroup, "control-group", "", "`GROUP` to own that socket")
	f.StringVar(&o.runUser, "user", "", "give up root for this `USER` once the sockets are bound")
	f.StringVar(&o.runGroup, "group", "", "and for this `GROUP` (default the user's own)")
	f.StringVar(&o.pidFile, "pid-file", "", "write the process' number into this `FILE` once mails are served")
	f.StringVar(&o.logFile, "log-file", "", "log to this `FILE` instead of standard error; SIGUSR1 opens it anew")
	f.IntVar(&o.limits.conns, "max-connections", 1000, "serve at most `N` connections of the milter, and of --listen, at once; idle ones make room")
	f.IntVar(&o.limits.scans, "max-scans", 100, "scan at most `N` mails at once for the milter; more wait for their turn")
	f.IntVar(&o.limits.waiting, "max-waiting", 500, "let at most `N` of them wait; what becomes of more says on_overload")
	f.BoolVarP(&o.version, "version", "v", false, "print the version and exit")
	f.DurationVar(&o.stopTime, "stop-timeout", 30*time.Second, "wait this `TIME` for mails in hand when told to stop")
}

// apply sets the options on top of what the files have set.
func (o overrides) apply(cfg *config.Config) []config.Problem {
	var problems []config.Problem
	if o.localOnly {
		problems = cfg.Override("local_tests_only", "1")
	}
	if o.maxSize != "" {
		problems = append(problems, cfg.Override("max_size", o.maxSize)...)
	}
	if o.bayesPath != "" {
		problems = append(problems, cfg.Override("bayes_path", o.bayesPath)...)
	}
	if o.history {
		problems = append(problems, cfg.Override("history", "1")...)
	}
	if len(o.dnsServers) > 0 {
		servers := "clear_dns_servers\ndns_server " + strings.Join(o.dnsServers, "\ndns_server ") + "\n"
		problems = append(problems, cfg.Parse(config.CommandLine, []byte(servers))...)
	}
	return problems
}

// sources returns what the configuration is read from: the built-in files or what takes their place, the site's,
// those of -c.
func (o *options) sources() config.Sources {
	return config.Sources{
		Defaults: update.Rules(o.updates, data.Default(), data.Version), RulesPath: o.rulesPath, SitePath: o.sitePath, Files: o.files,
		Locale: cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")), LocalOnly: o.overrides.localOnly,
	}.OrStandard()
}

// loadConfig reads the configuration, then the command line and the remedies made by pages.
func (o *options) loadConfig() (*config.Config, []config.Problem) {
	cfg, problems := config.Load(o.sources())
	problems = append(problems, o.overrides.apply(cfg)...)
	return cfg, append(problems, o.readRemedies(cfg)...)
}

// readRemedies reads the remedies that were made by pages. What is none is a warning. Commands of users who may not read
// the daemon's files go without them.
func (o *options) readRemedies(cfg *config.Config) []config.Problem {
	name := remediesFile(cfg)
	all, broken, err := remedy.At(name).All()
	switch {
	case err == nil:
	case errors.Is(err, fs.ErrPermission) && !o.serves:
		return nil
	default:
		return []config.Problem{{File: name, Severity: config.Warning, Text: "remedies not read: " + err.Error()}}
	}
	problems := cfg.Parse(name, []byte(remedy.Text(all)))
	for _, n := range broken {
		problems = append(problems, config.Problem{File: name, Line: n, Severity: config.Warning,
			Text: "no remedy: such lines belong into a file of the configuration"})
	}
	return problems
}

// certificate reads the certificate of --ssl; without --ssl it is nil.
func (o *options) certificate() (*listen.Certificate, error) {
	if !o.ssl {
		if o.serverCert != "" || o.serverKey != "" {
			return nil, fail(exitUsage, errors.New("--server-cert and --server-key take effect with --ssl only"))
		}
		return nil, nil
	}
	if o.serverCert == "" || o.serverKey == "" {
		return nil, fail(exitUsage, errors.New("--ssl needs --server-cert and --server-key"))
	}
	cert, err := listen.LoadCertificate(o.serverCert, o.serverKey)
	return cert, fail(exitUnavailable, err)
}

// webCertificate reads the certificate of --web-cert; without one it is nil.
func (o *options) webCertificate() (*listen.Certificate, error) {
	if (o.webCert == "") != (o.webKey == "") {
		return nil, fail(exitUsage, errors.New("--web-cert and --web-key belong together"))
	}
	if o.webCert == "" {
		return nil, nil
	}
	cert, err := listen.LoadCertificate(o.webCert, o.webKey)
	return cert, fail(exitUnavailable, err)
}

// access returns what clients of --listen may do.
func (o *options) access() (spamc.Access, error) {
	allowed, err := config.ParseNetworks(o.allowed)
	if err != nil {
		return spamc.Access{}, fail(exitUsage, fmt.Errorf("--allowed-ips: %w", err))
	}
	return spamc.Access{Tell: o.allowTell, Compatible: true, Allowed: allowed.Contains}, nil
}
