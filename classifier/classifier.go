// Package classifier turns one message into one verdict: it runs the rules, asks the learner and whatever network tests
// are allowed, adds up, and decides whether the learner should learn from the result.
package classifier
