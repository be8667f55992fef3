package main

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/pflag"

	"asterism/config"
)

// parsed returns the options that a command line of the daemon sets, without starting it.
func parsed(t *testing.T, args ...string) *options {
	t.Helper()
	o := &options{}
	f := pflag.NewFlagSet("spamd", pflag.ContinueOnError)
	addSections(f, append(o.serveSections(), o.commonSections()...))
	if err := f.Parse(args); err != nil {
		t.Fatal(err)
	}
	return o
}

// TestOverrides: options of the command line set options of the configuration, over those of a file.
func TestOverrides(t *testing.T) {
	t.Setenv(config.FileEnv, config.NoFile)
	file := filepath.Join(t.TempDir(), "spamd.cf")
	const lines = "max_size 1M\nbayes_path /a/bayes\ndns_server 192.0.2.1\nlocal_tests_only 0\n"
	if err := os.WriteFile(file, []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name string
		args []string
		ok   func(*config.Config) bool
	}{
		{"nothing", nil, func(c *config.Config) bool { return c.Daemon.MaxSize == 1<<20 && !c.Network.LocalOnly }},
		{"max-size", []string{"--max-size", "5K"}, func(c *config.Config) bool { return c.Daemon.MaxSize == 5<<10 }},
		{"bayes-path", []string{"--bayes-path", "/b/bayes"},
			func(c *config.Config) bool { return c.Bayes.Path == "/b/bayes" }},
		{"local-tests-only", []string{"-L"}, func(c *config.Config) bool { return c.Network.LocalOnly }},
		{"dns-server", []string{"--dns-server", "192.0.2.2", "--dns-server", "192.0.2.3"},
			func(c *config.Config) bool {
				return strings.Join(c.Network.DNSServers, " ") == "192.0.2.2:53 192.0.2.3:53"
			}},
	} {
		t.Run(c.name, func(t *testing.T) {
			cfg, problems := parsed(t, append(c.args, "-c", file)...).loadConfig()
			if config.Failed(problems) || !c.ok(cfg) {
				t.Errorf("%v: max_size %d, %s, DNS %v", problems, cfg.Daemon.MaxSize, cfg.Bayes.Path, cfg.Network.DNSServers)
			}
		})
	}
	_, problems := parsed(t, "-c", file, "--max-size", "lots").loadConfig()
	if !config.Failed(problems) || problems[len(problems)-1].File != config.CommandLine {
		t.Errorf("--max-size lots: %v", problems)
	}
}

// TestBadOptions: what cannot be served is an error of usage that names the option.
func TestBadOptions(t *testing.T) {
	for _, c := range []struct{ name, args, want string }{
		{"certificate without TLS", "--server-cert a", "--ssl"},
		{"TLS without certificate", "--ssl", "--server-cert and --server-key"},
		{"TLS without key", "--ssl --server-cert a", "--server-cert and --server-key"},
		{"page's certificate without key", "--web-cert a", "--web-cert needs --web-key"},
		{"networks", "--allowed-ips nowhere", "--allowed-ips"},
	} {
		t.Run(c.name, func(t *testing.T) {
			o := parsed(t, strings.Fields(c.args)...)
			_, first := o.certificate()
			_, second := o.webCertificate()
			_, third := o.access()
			for _, err := range []error{first, second, third} {
				if e, ok := err.(*exitError); ok && e.code == exitUsage && strings.Contains(err.Error(), c.want) {
					return
				}
			}
			t.Errorf("%v, %v, %v; want %q", first, second, third, c.want)
		})
	}
}

// TestAccess: clients of --listen come from this host only, and teach where that is allowed.
func TestAccess(t *testing.T) {
	for _, c := range []struct {
		name, args, client string
		allowed, tell      bool
	}{
		{"default", "", "127.0.0.1", true, false},
		{"stranger", "", "192.0.2.1", false, false},
		{"network", "-A 192.0.2.0/24", "192.0.2.1", true, false},
		{"teacher", "--allow-tell", "127.0.0.1", true, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			a, err := parsed(t, strings.Fields(c.args)...).access()
			if err != nil || a.Allowed(netip.MustParseAddr(c.client)) != c.allowed || a.Tell != c.tell {
				t.Errorf("allowed %v, tell %v, %v", a.Allowed(netip.MustParseAddr(c.client)), a.Tell, err)
			}
		})
	}
}
