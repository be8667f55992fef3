package network

import (
	"context"
	"errors"
	"fmt"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"asterism/classifier"
	"asterism/config"
	"asterism/dnsbl/resolver"
	"asterism/listen"
	"asterism/message"
	"asterism/remote/breaker"
	"asterism/remote/clamd"
	"asterism/remote/dcc"
	"asterism/remote/pyzor"
	"asterism/remote/razor"
	"asterism/remote/run"
	"asterism/rules"
)

// helperHome is where helper programs find their home directory if the daemon's user has none.
const helperHome = "/nonexistent"

// serviceKind is one kind of service: the eval functions that it answers, and how to make it of a configuration.
type serviceKind struct {
	name, option string
	functions    []string
	use          func(rc *config.Remote) (on bool, timeout time.Duration)
	open         func(rc *config.Remote, res *resolver.Resolver, programs *run.Runner,
		used []rules.NetRule) (client, error)
}

// client is an opened service.
type client struct {
	prepare        preparer
	report, revoke func(ctx context.Context, raw []byte) error // nil if the service takes no such reports
}

// preparer reads a service's input of a message; see service.prepare.
type preparer = func(*message.Message, *classifier.Input, *rules.Scan) queryFunc

var serviceKinds = []serviceKind{
	{"pyzor", "use_pyzor", []string{"check_pyzor"},
		func(rc *config.Remote) (bool, time.Duration) { return rc.UsePyzor, rc.PyzorTimeout },
		func(rc *config.Remote, res *resolver.Resolver, programs *run.Runner, _ []rules.NetRule) (client, error) {
			c, err := newPyzor(rc, res, programs)
			return client{askPyzor(c, rc), tellPyzor(c, false), tellPyzor(c, true)}, err
		}},
	{"dcc", "use_dcc", []string{"check_dcc", "check_dcc_reputation_range"},
		func(rc *config.Remote) (bool, time.Duration) { return rc.UseDCC, rc.DCCTimeout },
		func(rc *config.Remote, _ *resolver.Resolver, programs *run.Runner, _ []rules.NetRule) (client, error) {
			c, err := newDCC(rc, programs)
			return client{askDCC(c, rc), c.Report, nil}, err
		}},
	{"razor2", "use_razor2", []string{"check_razor2", "check_razor2_range"},
		func(rc *config.Remote) (bool, time.Duration) { return rc.UseRazor, rc.RazorTimeout },
		func(rc *config.Remote, _ *resolver.Resolver, programs *run.Runner, used []rules.NetRule) (client, error) {
			c, err := newRazor(rc, programs, used)
			return client{askRazor(c), c.Report, c.Revoke}, err
		}},
	{"clamd", "clamd_socket", []string{"check_clamav"},
		func(rc *config.Remote) (bool, time.Duration) { return rc.Clamd != (listen.Address{}), rc.ClamdTimeout },
		func(rc *config.Remote, _ *resolver.Resolver, _ *run.Runner, _ []rules.NetRule) (client, error) {
			return client{prepare: askClamd(clamd.New(rc.Clamd))}, nil
		}},
}

// newServices makes the services that are switched on and that a rule asks for.
func newServices(cfg *config.Config, res *resolver.Resolver, byFunction map[string][]rules.NetRule) ([]*service,
	[]config.Problem) {
	var all []*service
	var problems []config.Problem
	programs := newRunner(&cfg.Remote)
	for _, kind := range serviceKinds {
		on, timeout := kind.use(&cfg.Remote)
		s := &service{name: kind.name, timeout: timeout, breaker: breaker.New(breaker.Options{})}
		for _, f := range kind.functions {
			s.rules = append(s.rules, byFunction[f]...)
		}
		if !on || len(s.rules) == 0 {
			continue
		}
		opened, err := kind.open(&cfg.Remote, res, programs, s.rules)
		if err != nil {
			problems = append(problems, cfg.Problem(kind.option, kind.option+": "+err.Error()))
			continue
		}
		s.prepare = opened.prepare
		all = append(all, s)
	}
	return all, problems
}

func newRunner(rc *config.Remote) *run.Runner {
	home, err := os.UserHomeDir()
	if err != nil {
		home = helperHome
	}
	return run.New(rc.MaxProcesses, home)
}

// executable says what keeps a program from being run, if anything.
func executable(path string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	if info.IsDir() || info.Mode()&0o111 == 0 {
		return fmt.Errorf("%s is not a program", path)
	}
	return nil
}

// firstOf returns path if it is set, else the first of the usual places that has a program.
func firstOf(path, option string, usual ...string) (string, error) {
	if path != "" {
		return path, executable(path)
	}
	for _, p := range usual {
		if executable(p) == nil {
			return p, nil
		}
	}
	return "", fmt.Errorf("%s is not set, and there is no %s", option, strings.Join(usual, " or "))
}

func newPyzor(rc *config.Remote, res *resolver.Resolver, programs *run.Runner) (*pyzor.Client, error) {
	opt := pyzor.Options{Program: rc.PyzorPath, Args: strings.Fields(rc.PyzorOptions), Runner: programs}
	if res != nil {
		opt.Resolve = res.LookupIPAddr
	}
	if rc.PyzorPath != "" {
		return pyzor.New(opt), executable(rc.PyzorPath)
	}
	if rc.PyzorServers != "" {
		var err error
		if opt.Servers, err = pyzor.ReadServers(rc.PyzorServers); err != nil {
			return nil, err
		}
	}
	return pyzor.New(opt), nil
}

func askPyzor(client *pyzor.Client, rc *config.Remote) preparer {
	return func(m *message.Message, _ *classifier.Input, _ *rules.Scan) queryFunc {
		ask := client.CheckProgram
		if !client.HasProgram() {
			digest := pyzor.Digest(m)
			if digest == "" {
				return nil
			}
			ask = func(ctx context.Context, _ []byte) ([]pyzor.Counts, error) { return client.Check(ctx, digest) }
		}
		return func(ctx context.Context, raw []byte) (answer, error) {
			all, err := ask(ctx, raw)
			return func(rules.NetRule) (bool, string) { return judgePyzor(all, rc) }, err
		}
	}
}

// judgePyzor hits if a server has enough reports of a message, and not so many welcome-listings that they count more.
func judgePyzor(all []pyzor.Counts, rc *config.Remote) (bool, string) {
	for _, n := range all {
		welcome := n.Welcome >= rc.PyzorWLMin && float64(n.Welcome) >= float64(n.Reported)*rc.PyzorWLFactor
		if n.Reported >= rc.PyzorCountMin && !welcome {
			return true, fmt.Sprintf("%d reports, %d welcome-listings", n.Reported, n.Welcome)
		}
	}
	return false, ""
}

// dccHome is DCC's directory where dcc_home names no other.
const dccHome = "/var/dcc"

func newDCC(rc *config.Remote, programs *run.Runner) (*dcc.Client, error) {
	home := rc.DCCHome
	if home == "" {
		home = dccHome
	}
	opt := dcc.Options{Args: strings.Fields(rc.DCCOptions), Runner: programs, Socket: rc.DCCDifdPath}
	if opt.Socket == "" {
		if info, err := os.Stat(home + "/dccifd"); err == nil && info.Mode()&os.ModeSocket != 0 {
			opt.Socket = home + "/dccifd"
		}
	}
	var err error
	opt.Program, err = firstOf(rc.DCCPath, "dcc_path", "/usr/local/bin/dccproc", "/usr/bin/dccproc", home+"/bin/dccproc")
	if opt.Socket != "" {
		err = nil // the program is needed for reports only
	}
	return dcc.New(opt), err
}

func askDCC(client *dcc.Client, rc *config.Remote) preparer {
	return func(_ *message.Message, in *classifier.Input, scan *rules.Scan) queryFunc {
		about := dcc.Message{Sender: scan.EnvelopeFrom(), Recipients: in.Recipients}
		if relays := scan.Relays().Untrusted; len(relays) > 0 {
			about.Client, about.ClientName, about.Helo = relays[0].IP, relays[0].RDNS, relays[0].Helo
		}
		return func(ctx context.Context, raw []byte) (answer, error) {
			about.Raw = raw
			metrics, err := client.Check(ctx, &about)
			return func(r rules.NetRule) (bool, string) { return judgeDCC(&metrics, r, rc) }, err
		}
	}
}

func judgeDCC(m *dcc.Metrics, r rules.NetRule, rc *config.Remote) (bool, string) {
	detail := fmt.Sprintf("body %d, fuz1 %d, fuz2 %d, reputation %d", m.Body, m.Fuz1, m.Fuz2, m.Reputation)
	if r.Func == "check_dcc" {
		return m.Bulk || m.Body >= rc.DCCBodyMax || m.Fuz1 >= rc.DCCFuz1Max || m.Fuz2 >= rc.DCCFuz2Max ||
			m.Reputation >= 0 && m.Reputation >= rc.DCCRepPercent, detail
	}
	low, high := 0, 100
	for i, bound := range []*int{&low, &high} {
		if i < len(r.Args) {
			if n, err := strconv.Atoi(r.Args[i]); err == nil {
				*bound = n
			}
		}
	}
	return m.Reputation >= low && m.Reputation <= high, detail
}

func newRazor(rc *config.Remote, programs *run.Runner, used []rules.NetRule) (*razor.Client, error) {
	path, err := firstOf(rc.RazorPath, "razor_path", "/usr/bin/razor-check", "/usr/local/bin/razor-check")
	ranges := slices.ContainsFunc(used, func(r rules.NetRule) bool { return r.Func == razorRange })
	return razor.New(razor.Options{Program: path, Config: rc.RazorConfig, Runner: programs, Confidence: ranges}), err
}

// razorRange is check_razor2_range('engine','least','most'): without an engine, the surest one counts.
const razorRange = "check_razor2_range"

func askRazor(client *razor.Client) preparer {
	return func(*message.Message, *classifier.Input, *rules.Scan) queryFunc {
		return func(ctx context.Context, raw []byte) (answer, error) {
			a, err := client.Check(ctx, raw)
			return func(r rules.NetRule) (bool, string) { return judgeRazor(a, r) }, err
		}
	}
}

func judgeRazor(a razor.Answer, r rules.NetRule) (bool, string) {
	if r.Func != razorRange {
		return a.Spam, ""
	}
	var numbers [3]int // engine, least, most
	for i := range min(len(r.Args), len(numbers)) {
		numbers[i], _ = strconv.Atoi(r.Args[i]) // "" is 0
	}
	cf, known := a.Confidence[numbers[0]]
	if numbers[0] == 0 {
		known = true
		for _, n := range a.Confidence {
			cf = max(cf, n)
		}
	}
	return known && cf >= numbers[1] && cf <= numbers[2], fmt.Sprintf("cf: %3d", cf)
}

func askClamd(client *clamd.Client) preparer {
	return func(*message.Message, *classifier.Input, *rules.Scan) queryFunc {
		return func(ctx context.Context, raw []byte) (answer, error) {
			name, err := client.Scan(ctx, raw)
			if errors.Is(err, clamd.ErrTooLarge) {
				err = nil // clamd is well; it has just not looked
			}
			return func(rules.NetRule) (bool, string) { return name != "", name }, err
		}
	}
}
