package main

import (
	"fmt"
	"io"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"asterism/config"
)

// section is flags that help shows under one title.
type section struct {
	title string
	flags *pflag.FlagSet
}

// newSection returns a section whose flags stand in the order in which they are added.
func newSection(title string) section {
	f := pflag.NewFlagSet(title, pflag.ContinueOnError)
	f.SortFlags = false
	return section{title, f}
}

// commonSections are the flags that the subcommands have as well.
func (o *options) commonSections() []section {
	configuration, network, logging := newSection("Configuration"), newSection("Network checks"), newSection("Logging")
	f := configuration.flags
	f.StringArrayVarP(&o.files, "config", "c", nil,
		"read this `FILE` of .cf lines after the built-in ones (repeatable; default "+config.SystemFile+")")
	f.StringVarP(&o.rulesPath, "configpath", "C", "",
		"read the rules in this `DIR` instead of the built-in ones, such as /usr/share/spamassassin")
	f.StringVar(&o.updates, "updates", "/var/lib/spamd/rules",
		"use the rules that spamd update installed in this `DIR`, if newer than the built-in ones")
	f.StringVar(&o.sitePath, "siteconfigpath", "",
		"read the site's *.pre and *.cf files in this `DIR`, before the files of -c")
	f.StringVar(&o.overrides.bayesPath, "bayes-path", "", "use the learner's store at this `PATH`, without its suffix")
	f.StringVar(&o.overrides.maxSize, "max-size", "", "skip messages of this `SIZE` or more, such as 100K")
	f.BoolVar(&o.overrides.history, "history", false, "record each message in the history (history 1)")
	f.StringVar(&o.control, "control", "",
		"serve checking and teaching on a further control socket at `ADDR`; commands connect to it (default: "+
			"unix:PATH.sock beside the store)")
	f = network.flags
	f.BoolVarP(&o.overrides.localOnly, "local-tests-only", "L", false, "send no DNS query and open no connection")
	f.StringArrayVar(&o.overrides.dnsServers, "dns-server", nil,
		"query this name server, `HOST:PORT`, instead of the system's (repeatable)")
	f = logging.flags
	f.StringSliceVar(&o.debug, "debug", nil,
		"log the details of `AREA` (repeatable): config, milter, spamc, rspamd, web, scan, net, or all")
	f.StringVar(&o.logFormat, "log-format", "text", "write the log on standard error in this `FORM`: text or json")
	f.BoolVar(&o.syslog, "syslog", false, "log to syslog's mail facility instead of standard error")
	return []section{configuration, network, logging}
}

// serveSections are the flags of the daemon itself.
func (o *options) serveSections() []section {
	return []section{o.listening(), o.tls(), o.clients(), o.process(), o.limiting()}
}

func (o *options) listening() section {
	s := newSection("Listening")
	f := s.flags
	f.StringArrayVar(&o.milter, "milter", []string{"inet:8891@127.0.0.1"},
		"serve the milter protocol at `ADDR` (repeatable; none switches it off)")
	f.StringArrayVar(&o.listen, "listen", nil, "serve SpamAssassin's spamd protocol at `ADDR` (repeatable)")
	f.StringArrayVar(&o.rspamd, "rspamd", nil, "serve rspamd's HTTP protocol at `ADDR`, without a password (repeatable)")
	f.StringArrayVar(&o.http, "http", nil, "serve /healthz, /readyz and /metrics over HTTP at `ADDR` (repeatable)")
	f.StringArrayVar(&o.web, "web", nil,
		"serve the administrator's pages and the HTTP API at `ADDR`, for accounts of spamd web passwd (repeatable)")
	f.StringVar(&o.socketMode, "socket-mode", "0660",
		"set the permissions of the Unix sockets of --milter, --listen, --http, --web and --rspamd to `MODE`")
	f.StringVar(&o.owner, "socket-owner", "", "give those sockets to `USER`")
	f.StringVar(&o.group, "socket-group", "", "give those sockets to `GROUP`")
	f.StringVar(&o.controlMode, "control-mode", "0600", "set the permissions of the Unix socket of --control to `MODE`")
	f.StringVar(&o.controlGroup, "control-group", "", "give that socket to `GROUP`")
	return s
}

func (o *options) tls() section {
	s := newSection("TLS")
	f := s.flags
	f.BoolVar(&o.ssl, "ssl", false, "speak TLS on the TCP sockets of --listen")
	f.StringVar(&o.serverCert, "server-cert", "", "read the TLS certificate chain for --listen from this `FILE` (PEM)")
	f.StringVar(&o.serverKey, "server-key", "", "read its private key from this `FILE` (PEM)")
	f.StringVar(&o.webCert, "web-cert", "", "read the TLS certificate chain for --web from this `FILE` (PEM)")
	f.StringVar(&o.webKey, "web-key", "", "read its private key from this `FILE` (PEM)")
	f.BoolVar(&o.webProxy, "web-proxy", false,
		"trust the proxy in front of --web, which speaks TLS and adds X-Forwarded-For")
	return s
}

func (o *options) clients() section {
	s := newSection("Clients")
	s.flags.StringSliceVarP(&o.allowed, "allowed-ips", "A", []string{"127.0.0.0/8", "::1"},
		"accept clients in `NET` on the TCP sockets of --listen and --rspamd (repeatable)")
	s.flags.BoolVar(&o.allowTell, "allow-tell", false,
		"let clients of --listen and --rspamd teach and forget (the control socket always does)")
	return s
}

func (o *options) process() section {
	s := newSection("Process")
	f := s.flags
	f.StringVar(&o.runUser, "user", "", "switch to this `USER` after binding the sockets")
	f.StringVar(&o.runGroup, "group", "",
		"switch to this `GROUP` after binding the sockets (default: the user's primary group)")
	f.StringVar(&o.pidFile, "pid-file", "", "write the process ID to this `FILE` once messages are served")
	f.StringVar(&o.logFile, "log-file", "", "log to this `FILE` instead of standard error; SIGUSR1 reopens it")
	f.BoolVar(&o.lint, "lint", false, "check the configuration and exit: 0, or 1 on errors")
	f.BoolVarP(&o.version, "version", "v", false, "print the version and exit")
	return s
}

func (o *options) limiting() section {
	s := newSection("Limits")
	f := s.flags
	f.IntVar(&o.limits.conns, "max-connections", 1000,
		"serve at most `N` connections of each protocol at once; idle connections make room")
	f.IntVar(&o.limits.scans, "max-scans", 100, "scan at most `N` messages at once for the milter; others are queued")
	f.IntVar(&o.limits.waiting, "max-waiting", 500,
		"queue at most `N` messages for a scan; on_overload decides about the rest")
	f.DurationVar(&o.stopTime, "stop-timeout", 30*time.Second,
		"wait at most this `TIME` for messages in progress when stopping")
	return s
}

// addSections adds the flags of sections to a command.
func addSections(to *pflag.FlagSet, sections []section) {
	to.SortFlags = false
	for _, s := range sections {
		to.AddFlagSet(s.flags)
	}
}

// columns is how wide help is at most.
const columns = 110

// sectionUsage returns a usage function for a command that has its flags in sections; subcommands have cobra's.
func sectionUsage(sections []section) func(*cobra.Command) error {
	return func(cmd *cobra.Command) error {
		if cmd.HasParent() {
			return new(cobra.Command).UsageFunc()(cmd)
		}
		w := cmd.OutOrStdout()
		fmt.Fprintf(w, "Usage:\n  %s\n  %s COMMAND\n\nCommands (%[2]s COMMAND --help):\n", cmd.UseLine(), cmd.CommandPath())
		writeCommands(w, cmd)
		for _, s := range sections {
			fmt.Fprintf(w, "\n%s:\n%s", s.title, s.flags.FlagUsagesWrapped(columns))
		}
		return nil
	}
}

func writeCommands(w io.Writer, cmd *cobra.Command) {
	for _, c := range cmd.Commands() {
		if c.IsAvailableCommand() && c.Name() != "help" {
			fmt.Fprintf(w, "  %-*s %s\n", cmd.NamePadding(), c.Name(), c.Short)
		}
	}
}
