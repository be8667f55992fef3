package spamassassin_test

import (
	"os"
	"testing"

	"asterism/config"
	"asterism/engine"
	"asterism/network"
	"asterism/rules"
	"asterism/test/e2e"
	"asterism/test/tool"
)

// TestSendersStock: with SpamAssassin's rules AWL and TxRep are on where *.pre files and options switch them on.
func TestSendersStock(t *testing.T) {
	const stock = "/usr/share/spamassassin"
	if _, err := os.Stat(stock + "/60_awl.cf"); err != nil {
		tool.Missing(t, "SpamAssassin's rules are missing: install Debian's package spamassassin")
	}
	const check = "loadplugin Mail::SpamAssassin::Plugin::Check\n"
	for _, c := range []struct {
		pre, cf            string
		awl, txrep, warned bool
	}{
		{check, "", false, false, false},
		{check + awl, "", true, false, false},
		{check + awl, "use_auto_whitelist 0\n", false, false, false},
		{check, "use_auto_whitelist 1\n", true, false, true},
		{check + txrep, "", false, false, false},
		{check + txrep, "use_txrep 1\n", false, true, false},
		{check, "use_txrep 1\n", false, true, true},
		{check + awl + txrep, "use_txrep 1\n", true, false, true},
	} {
		site := t.TempDir()
		e2e.Write(t, site, "a.pre", c.pre, 0o644)
		e2e.Write(t, site, "local.cf", c.cf, 0o644)
		cfg, _ := config.Load(config.Sources{RulesPath: stock, SitePath: site})
		set, _ := rules.Compile(cfg, network.Functions())
		warned := false
		for _, p := range engine.Lint(cfg, nil) {
			warned = warned || p.File == site+"/local.cf"
		}
		if cfg.UseAWL() != c.awl || cfg.UseTxRep() != c.txrep || warned != c.warned {
			t.Errorf("%+v: AWL %v, TxRep %v, warned %v", c, cfg.UseAWL(), cfg.UseTxRep(), warned)
		}
		if !c.warned && (set.HasSenderRule("AWL") != c.awl && c.cf == "" || c.txrep && !set.HasSenderRule("TxRep")) {
			t.Errorf("%+v: rules AWL %v, TxRep %v", c, set.HasSenderRule("AWL"), set.HasSenderRule("TxRep"))
		}
	}
}
