package doctor

import (
	"context"
	"slices"

	"asterism/listen"
)

// Files are the configurations of the MTAs; one that is missing means that its MTA is not here.
type Files struct {
	MainCF     string // Postfix's; its master.cf is beside it
	SendmailMC string
	SendmailCF string
}

// milterTarget is a socket that an MTA asks, by the line of its configuration.
type milterTarget struct {
	listen.Address
	untagged bool // while nobody answers, mails pass untagged
}

// MTA checks the lines for spamd in the configuration of this machine's MTAs, and connects to each socket there by the
// milter protocol. ours are spamd's milter sockets. If ours is nil, they are unknown, and every milter's socket is
// checked.
func MTA(ctx context.Context, files Files, ours []listen.Address) []Finding {
	var findings []Finding
	found, asking := false, false
	var none []Finding // about MTAs that ask nobody
	for _, look := range []func() (*mta, []Finding){
		func() (*mta, []Finding) { return readPostfix(files.MainCF) },
		func() (*mta, []Finding) { return readSendmail(files.SendmailMC, files.SendmailCF) },
	} {
		m, problems := look()
		findings = append(findings, problems...)
		if m == nil {
			found = found || len(problems) > 0
			continue
		}
		found = true
		more, asks := m.check(ctx, ours)
		if asks {
			asking = true
			findings = append(findings, more...)
		} else {
			none = append(none, more...)
		}
	}
	if asking { // a second MTA that lies about unused is no fault
		for i := range none {
			none[i].Level = min(none[i].Level, Warning)
		}
	}
	findings = append(findings, none...)
	if !found {
		findings = append(findings, on("MTA").ok("no configuration of Postfix or sendmail on this machine"))
	}
	return findings
}

// mta is an MTA's configuration as far as it is about milters.
type mta struct {
	about   on
	file    string
	targets []milterTarget
	remedy  string                           // how to ask spamd; %s is the socket
	line    func(ours listen.Address) string // that asks spamd
	user    string                           // who asks unix sockets; root if empty
}

// check compares an MTA's milters with spamd's sockets. It reports whether the MTA uses spamd.
func (m *mta) check(ctx context.Context, ours []listen.Address) ([]Finding, bool) {
	remedy := m.remedy
	if len(ours) > 0 {
		remedy += ": " + m.line(ours[0])
	}
	if len(m.targets) == 0 {
		return []Finding{m.about.failure(remedy, "%s asks no milter", m.file)}, false
	}
	var findings []Finding
	asks := false
	for _, a := range m.targets {
		if ours != nil && !slices.ContainsFunc(ours, func(o listen.Address) bool { return same(o, a.Address) }) {
			continue
		}
		asks = true
		probe := Milter(ctx, a.Address)
		probe.About = string(m.about)
		if probe.Level == OK {
			probe.Text = m.file + " asks " + a.Address.String() + ", which answers"
			if f, ok := m.reachable(a.Address); !ok {
				probe = f
			}
		}
		findings = append(findings, probe)
		if a.untagged {
			findings = append(findings,
				m.about.warning("defer mail instead: F=T in sendmail, milter_default_action = tempfail in Postfix",
					"%s lets mail pass untagged while %s does not answer", m.file, a.Address))
		}
	}
	if !asks {
		all := make([]listen.Address, len(m.targets))
		for i, a := range m.targets {
			all[i] = a.Address
		}
		findings = append(findings, m.about.failure(remedy, "%s asks %s, but spamd serves %s", m.file, list(all), list(ours)))
	}
	return findings, asks
}
