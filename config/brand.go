package config

import (
	"errors"
	"strings"
)

// Brand is one line of known_brand: names of a firm and its domains. Names are in lower case; a name with a leading "="
// counts only if it is the whole text. A domain "example.*" is that label under any long-standing public suffix.
type Brand struct {
	Names, Domains []string
}

func addBrand(c *Config, value string) error {
	words := strings.Fields(strings.ToLower(value))
	if len(words) < 2 {
		return errors.New("takes names, separated by commas, and at least one domain")
	}
	b := Brand{Domains: words[1:]}
	for name := range strings.SplitSeq(words[0], ",") {
		if name = strings.ReplaceAll(name, "_", " "); strings.Trim(name, "= ") != "" {
			b.Names = append(b.Names, name)
		}
	}
	if len(b.Names) == 0 {
		return errors.New("has no name")
	}
	for _, d := range b.Domains {
		if !strings.Contains(d, ".") || strings.Contains(strings.TrimSuffix(d, ".*"), "*") {
			return errors.New(d + " is neither a domain nor of the form label.*")
		}
	}
	c.Lists.Brands = append(c.Lists.Brands, b)
	return nil
}
