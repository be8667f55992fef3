package rspamd

import (
	"fmt"
	"os"
	"path/filepath"
)

// mainConf is what the package installs; it includes what is in override.d below LOCAL_CONFDIR.
const mainConf = "/etc/rspamd/rspamd.conf"

// networkModules are rspamd's modules that ask others, or that would keep state beside Bayes.
var networkModules = []string{"arc", "asn", "dkim", "dkim_signing", "dmarc", "fuzzy_check", "greylist", "hfilter",
	"history_redis", "mx_check", "neural",
	"ratelimit", "rbl", "replies", "reputation", "spf", "url_redirector"}

// configure writes what differs from Debian's configuration.
func (s *Server) configure(opt Options, resolver string) error {
	files := map[string]string{
		"phishing":          "phishtank_enabled = false;\n",
		"options":           fmt.Sprintf("filters = \"chartable,regexp\";\ndns { nameserver = [%q]; }\n", resolver),
		"worker-normal":     fmt.Sprintf("bind_socket = %q;\ncount = 1;\n", s.Scan),
		"worker-controller": fmt.Sprintf("bind_socket = %q;\ncount = 1;\n", s.controller),
		"worker-proxy": fmt.Sprintf("bind_socket = %q;\ncount = 1;\nupstream \"local\" { default = yes; hosts = %q; }\n",
			s.Milter, s.Scan),
		"classifier-bayes": fmt.Sprintf("backend = \"redis\";\nservers = %q;\n", opt.Redis),
	}
	for _, module := range networkModules {
		files[module] = "enabled = false;\n"
	}
	dir := filepath.Join(s.dir, "override.d")
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}
	for name, text := range files {
		for _, suffix := range []string{".inc", ".conf"} { // workers have the one, modules the other
			if err := os.WriteFile(filepath.Join(dir, name+suffix), []byte(text), 0o644); err != nil {
				return err
			}
		}
	}
	return nil
}
