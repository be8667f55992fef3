package engine

import (
	"asterism/config"
	"asterism/tag"
)

// templateTags returns what a configuration's templates want to know of each message.
func templateTags(cfg *config.Tagging) []string {
	o := tag.Options{Subject: cfg.Rewrite["Subject"], Template: cfg.Report}
	for _, h := range cfg.Headers {
		o.Headers = append(o.Headers, tag.Header(h))
	}
	return o.Placeholders()
}
