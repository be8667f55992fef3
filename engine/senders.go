package engine

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os"

	"asterism/config"
	"asterism/message"
	"asterism/rules"
	"asterism/senders"
	"asterism/store/redis"
)

// ErrNoSenders is returned where no record of senders is kept.
var ErrNoSenders = errors.New("there is no record of senders: load the plug-in AWL or set use_txrep 1")

// Senders returns the record of senders, nil without one.
func (e *Engine) Senders() *senders.Book { return e.senders.Load() }

// configureSenders opens, closes or changes the record of senders as the configuration says. Mails go on without one.
func (e *Engine) configureSenders(cfg *config.Config) {
	if !e.opt.Senders {
		return
	}
	on := cfg.UseAWL() || cfg.UseTxRep()
	b := e.senders.Load()
	if b != nil && (!on || b.Name() != sendersName(cfg)) {
		e.senders.Store(nil)
		if err := b.Close(); err != nil {
			e.log.Error("closing the record of senders", "err", err)
		}
		b = nil
	}
	opt := senders.Options{Bounds: senders.Bounds{Expire: cfg.Senders.Expire, Most: cfg.Senders.Most}, Log: e.log}
	switch {
	case !on:
		if _, err := os.Stat(cfg.SendersFile()); err == nil && !sendersShared(cfg) {
			e.log.Warn("AWL and TxRep are off: what they know of senders is still in the file; delete it", "file",
				cfg.SendersFile())
		}
	case b != nil:
		b.Configure(opt)
	default:
		b, err := openRecord(cfg, opt)
		if err != nil {
			e.log.Error("mails go on without the record of senders", "err", err)
			return
		}
		e.senders.Store(b)
	}
}

// sendersShared reports whether the record of senders is on Redis, with the learner's store.
func sendersShared(cfg *config.Config) bool {
	return cfg.Senders.Path == "" && redis.IsURL(cfg.Bayes.Path)
}

// sendersName returns the name of the record's file, or of its server.
func sendersName(cfg *config.Config) string {
	if sendersShared(cfg) {
		return StoreName(cfg.Bayes.Path)
	}
	return cfg.SendersFile()
}

// openRecord opens the record of senders; with a store on other hosts it is one that these share.
func openRecord(cfg *config.Config, opt senders.Options) (*senders.Book, error) {
	if !sendersShared(cfg) {
		return senders.Open(cfg.SendersFile(), opt)
	}
	b := &cfg.Bayes
	tallies, err := redis.NewTallies(b.Path, "senders", redis.Options{User: b.SQLUser, Password: b.SQLSecret})
	if err != nil {
		return nil, err
	}
	return senders.Shared(sendersName(cfg), tallies, opt), nil
}

// reputation returns what moves scores by the record of senders, nil if nothing does.
func (e *Engine) reputation() *senders.Reputation {
	b, s := e.senders.Load(), &e.cfg.Senders
	if b == nil {
		return nil
	}
	if e.cfg.UseAWL() {
		return &senders.Reputation{Book: b, AWL: &senders.AWL{Factor: s.Factor,
			Mask: senders.Mask{IPv4: s.IPv4, IPv6: s.IPv6}, Signed: s.Signed == "1"}}
	}
	r := &s.Reputation
	return &senders.Reputation{Book: b, TxRep: &senders.TxRep{Factor: r.Factor, Dilution: r.Dilution,
		Mask: senders.Mask{IPv4: r.IPv4, IPv6: r.IPv6}, Signed: s.Signed != "0", SPF: r.SPF, Track: r.Track,
		Weights: senders.Weights{Email: r.Email, EmailIP: r.EmailIP, Domain: r.Domain, IP: r.IP, Helo: r.Helo},
		Penalty: r.Penalty, Bonus: r.Bonus, Auto: r.Auto > 0, Outgoing: r.Outgoing, Details: r.Details}}
}

// senderProblems returns what keeps the record of senders from having an effect.
func senderProblems(cfg *config.Config, set *rules.Set) (all []config.Problem) {
	warn := func(option, text string) { all = append(all, cfg.Problem(option, option+text)) }
	switch {
	case cfg.UseAWL() && !set.HasSenderRule("AWL"):
		warn("use_auto_welcomelist", ": no rule has the function check_from_in_auto_welcomelist(); "+
			"with SpamAssassin's rules, load the plug-in AWL in a *.pre file")
	case cfg.UseTxRep() && !set.HasSenderRule("TxRep"):
		warn("use_txrep", ": no rule has the function check_senders_reputation(); with SpamAssassin's rules, "+
			"load the plug-in TxRep in a *.pre file")
	case cfg.UseAWL() && cfg.Senders.TxRep:
		warn("use_txrep", " 1 has no effect beside AWL: do not load that plug-in, or set use_auto_welcomelist 0")
	}
	return all
}

// networksOf returns the networks by which a message's way is divided.
func networksOf(cfg *config.Config) message.Networks {
	n := &cfg.Network
	return message.Networks{Trusted: n.Trusted.Prefixes(), Internal: n.Internal.Prefixes(), MSA: n.MSA.Prefixes()}
}

// SenderAct names an address, a domain or a host, whose entries are to be shown or forgotten.
type SenderAct struct {
	Name string `json:"name"`
}

// SenderShown is one entry of the record of senders.
type SenderShown struct {
	Name     string  `json:"name"`
	Network  string  `json:"network"` // "none" for all networks
	Signer   string  `json:"signer,omitempty"`
	Messages int64   `json:"messages"`
	Mean     float64 `json:"mean"`
	Last     string  `json:"last"` // time of the last message (RFC 3339)
}

// SendersForgotten is how many entries were deleted.
type SendersForgotten struct {
	Entries int `json:"entries"`
}

// AskSenders serves the commands of spamd senders by their names, in JSON (a SenderAct): show and forget.
func (e *Engine) AskSenders(ctx context.Context, what string, request []byte) ([]byte, error) {
	b := e.Senders()
	if b == nil {
		return nil, ErrNoSenders
	}
	var act SenderAct
	if err := json.Unmarshal(request, &act); err != nil {
		return nil, fmt.Errorf("senders %s: %w", what, err)
	}
	switch what {
	case "show":
		found, err := b.Show(ctx, act.Name)
		if err != nil {
			return nil, err
		}
		shown := make([]SenderShown, len(found))
		for i, f := range found {
			s := &shown[i]
			s.Name, s.Network, s.Signer = f.Names()
			s.Messages, s.Mean, s.Last = f.Count, f.Mean(), f.Seen.UTC().Format("2006-01-02T15:04:05Z")
		}
		return json.Marshal(shown)
	case "forget":
		n, err := b.Forget(ctx, act.Name)
		if err != nil {
			return nil, err
		}
		return json.Marshal(SendersForgotten{n})
	}
	return nil, fmt.Errorf("senders: %.20q is neither show nor forget", what)
}
