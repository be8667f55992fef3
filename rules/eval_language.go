package rules

import (
	"slices"
	"strings"

	"asterism/language"
)

// languageEvals are the functions that tell in which language the text is.
func languageEvals() map[string]evalFunc {
	return map[string]evalFunc{"check_language": checkLanguage}
}

// checkLanguage is check_language(): the text is in some language, and in none of ok_languages.
func checkLanguage(sc *Scan, _ []string) int {
	ok := sc.set.cfg.Languages.OK
	if len(ok) == 0 || slices.Contains(ok, "all") {
		return 0
	}
	guesses := sc.languages()
	return truth(len(guesses) > 0 && !slices.ContainsFunc(guesses, func(l string) bool { return slices.Contains(ok, l) }))
}

// languages returns the languages that the text may be in, the likeliest first.
func (sc *Scan) languages() []string {
	if sc.cache.haveLanguages {
		return sc.cache.languages
	}
	sc.cache.haveLanguages = true
	l := &sc.set.cfg.Languages
	o := language.Options{Inactive: l.Inactive, Max: l.Max, Spread: l.Spread}
	var text strings.Builder
	for _, t := range sc.proseTexts() {
		text.WriteString(t.String())
	}
	for _, g := range o.Guess(text.String()) {
		sc.cache.languages = append(sc.cache.languages, g.Language)
	}
	return sc.cache.languages
}
