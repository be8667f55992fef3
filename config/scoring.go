package config

import "time"

// Scoring has the threshold of spam.
type Scoring struct {
	Required float64 // required_score: the score from which on a message is spam

	ShortcutSpam float64 // shortcircuit_spam_score: points for a rule that ends the scan as spam
	ShortcutHam  float64 // shortcircuit_ham_score
}

func scoringOptions() []option {
	return []option{
		{name: "required_score", def: "5", old: []string{"required_hits"}, personal: true,
			set: number(func(c *Config) *float64 { return &c.Scoring.Required })},
		{name: "shortcircuit_spam_score", def: "100",
			set: number(func(c *Config) *float64 { return &c.Scoring.ShortcutSpam })},
		{name: "shortcircuit_ham_score", def: "-100",
			set: number(func(c *Config) *float64 { return &c.Scoring.ShortcutHam })},
	}
}

// Matching is how rules see a message.
type Matching struct {
	BodyPartScanSize    int64         // body_part_scan_size: rendered bytes of a part that body rules see; 0 is all
	RawbodyPartScanSize int64         // rawbody_part_scan_size: decoded bytes of a part that rawbody rules see; 0 is all
	TimeLimit           time.Duration // time_limit: after this long the rest of a scan's tests is left out; 0 is never
	ParseDKIMURIs       bool          // parse_dkim_uris: URIs found in DKIM headers count
	OKLocales           []string      // ok_locales: character sets that are not suspicious
	EnvelopeHeader      string        // envelope_sender_header
	TrustEnvelope       bool          // always_trust_envelope_sender
}

func matchOptions() []option {
	return []option{
		{name: "body_part_scan_size", def: "50000", set: size(func(c *Config) *int64 { return &c.BodyPartScanSize })},
		{name: "rawbody_part_scan_size", def: "500000", set: size(func(c *Config) *int64 { return &c.RawbodyPartScanSize })},
		{name: "time_limit", def: "300", set: seconds(func(c *Config) *time.Duration { return &c.TimeLimit })},
		{name: "parse_dkim_uris", def: "1", set: flag(func(c *Config) *bool { return &c.ParseDKIMURIs })},
		{name: "ok_locales", def: "all", set: replaceWords(func(c *Config) *[]string { return &c.OKLocales })},
		{name: "envelope_sender_header", set: text(func(c *Config) *string { return &c.EnvelopeHeader })},
		{name: "always_trust_envelope_sender", set: flag(func(c *Config) *bool { return &c.TrustEnvelope })},
	}
}
