package main

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"
	"time"

	"asterism/config"
	"asterism/data"
	"asterism/listen"
	"asterism/spamc"
	"asterism/update"
	"asterism/web/remedy"
)

// options has the flags of the command line.
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

// apply sets the options, over the values of the files.
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

// sources returns the sources of the configuration: the built-in files or their replacement, the site's files, the
// files of -c.
func (o *options) sources() config.Sources {
	return config.Sources{
		Defaults: update.Rules(o.updates, data.Default(), data.Version), RulesPath: o.rulesPath, SitePath: o.sitePath,
		Files:  o.files,
		Locale: cmp.Or(os.Getenv("LC_ALL"), os.Getenv("LC_MESSAGES"), os.Getenv("LANG")), LocalOnly: o.overrides.localOnly,
	}.OrStandard()
}

// loadConfig reads the configuration, then the command line and the remedies made by pages.
func (o *options) loadConfig() (*config.Config, []config.Problem) {
	cfg, problems := config.Load(o.sources())
	problems = append(problems, o.overrides.apply(cfg)...)
	return cfg, append(problems, o.readRemedies(cfg)...)
}

// readRemedies reads the remedies of the web pages. Other lines are warnings. Commands of users who may not read the
// daemon's files run without them.
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
			Text: "not a remedy: move such lines to a configuration file"})
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
		return nil, fail(exitUsage, errors.New("--web-cert needs --web-key, and --web-key needs --web-cert"))
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
