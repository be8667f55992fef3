// Package rules speaks SpamAssassin's rule language: it reads the lines that package config kept, compiles them once,
// and matches them against messages.
//
// A Set is a compiled configuration. Begin starts the scan of one message. RunLocal matches the rules that need nothing
// but the message. SetBayes and Hit add the results of others (network checks, the learner). Finish evaluates the meta
// rules and returns the hits.
//
// # Files
//
// From lines to a Set:
//
//   - rules.go: Kind, Rule and Set
//   - parse.go: one line of the configuration; notation.go: names, expressions and calls in it; meta.go: meta rules
//   - flags.go, limit.go, replace.go, renamed.go: lines of tflags, score_limit, replace_rules, and rules that
//     SpamAssassin 4 renamed
//   - header.go, mime.go, uridetail.go, place.go, attachment.go: the kinds of rules with a notation of their own
//   - compile.go: expressions and functions; group.go: the expressions that one text is searched for together
//   - shared.go: lists, databases and expressions of functions; glob.go: patterns of addresses
//   - finish.go: the state in which no rule has hit; deferred.go: rules that only metas need; shortcut.go: shortcircuit
//   - unused.go, unnamed.go: warnings about lines without effect
//   - personal.go: the Set of one user
//
// From a message to hits:
//
//   - scan.go: Scan, its memory and the order of work; finish.go: metas and scores; bitset.go: sets of rules
//   - text.go, urilist.go, follow.go, extracttext.go: the texts that body, uri and attachment rules see
//   - header.go, address.go, relay.go: header fields, addresses and relays
//   - tags.go: expressions with text that other rules captured; template.go: tags of reports
//   - access.go: the same for package network; ignore.go: for the learner
//
// Functions (eval:…):
//
//   - eval.go: all functions that need only the message, by name
//   - eval_asterism_*.go: functions that SpamAssassin lacks, by subject: brand, client, link, mailer, sender, text,
//     trail, words
//   - eval_*.go: SpamAssassin's, by plug-in or by subject
//   - argument.go, letters.go, charset.go: their arguments; bytes and character sets
package rules
