package rules

import (
	"maps"
)

// evalFunc is a function of the rule language. It returns 0 if the rule does not hit, else its value.
type evalFunc func(sc *Scan, args []string) int

// evals are the functions that need nothing but the message, by name.
var evals = func() map[string]evalFunc {
	all := map[string]evalFunc{}
	for _, some := range []map[string]evalFunc{htmlEvals(), mimeEvals(), bodyEvals(), headerEvals(), dateEvals(),
		listEvals(),
		receivedEvals(), freemailEvals(), uriEvals(), bounceEvals(), imageEvals(), plaintextEvals(),
		oleMacroEvals(), pdfInfoEvals(),
		authresEvals(), spoofEvals(), olderEvals(), languageEvals(), phishEvals(), pluginEvals(), senderEvals()} {
		maps.Copy(all, some)
	}
	return all
}()

// Functions are eval functions that others answer, by name: DNS lists, sender authentication, services. Package
// network has them.
type Functions map[string]bool

// bayesFunction is the function of the rules about the learner's probability; see SetBayes.
const bayesFunction = "check_bayes"
