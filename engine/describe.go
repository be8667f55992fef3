package engine

import (
	"strings"

	"asterism/config"
)

// Descriptions returns the descriptions of a configuration's tests, by their names.
func Descriptions(cfg *config.Config) map[string]string {
	texts := map[string]string{}
	for i := range cfg.Rules {
		if l := &cfg.Rules[i]; l.Key == "describe" {
			name, text, _ := strings.Cut(l.Value, " ")
			texts[name] = strings.TrimSpace(text)
		}
	}
	return texts
}
