package main

import (
	"encoding/json"

	"asterism/bayes"
	"asterism/classifier"
	"asterism/config"
)

// jsonVerdict is a verdict as --json prints it.
type jsonVerdict struct {
	Name      string      `json:"name"`
	MessageID string      `json:"message_id"` // at most 200 bytes, as the subject
	Subject   string      `json:"subject"`
	Score     float64     `json:"score"`
	Required  float64     `json:"required"`
	Class     string      `json:"class"`
	Bayes     *float64    `json:"bayes"`               // null while it is not counted
	BayesOff  string      `json:"bayes_off,omitempty"` // why it is not counted
	Sum       *jsonSum    `json:"sum,omitempty"`       // how the score is put together beside the learner
	Tests     []jsonHit   `json:"tests"`
	Tokens    []jsonToken `json:"tokens"` // the tokens with the most weight
	Autolearn string      `json:"autolearn,omitempty"`
	Notes     []string    `json:"notes,omitempty"`
}

type jsonHit struct {
	Name        string  `json:"name"`
	Score       float64 `json:"score"`
	Description string  `json:"description,omitempty"`
	Detail      string  `json:"detail,omitempty"`
}

type jsonSum struct {
	Learner float64 `json:"learner"` // points of the BAYES_ tests
	Trust   float64 `json:"trust"`
	Share   float64 `json:"share"` // the part of the other tests' scores that counts
	Tests   float64 `json:"tests"` // their points
	Fixed   float64 `json:"fixed"` // points of lists and of the administrator's own scores
}

// jsonToken is a token as the learner knows it.
type jsonToken struct {
	Token  string  `json:"token"`
	Ham    uint32  `json:"ham"` // messages of each class that had it
	Spam   uint32  `json:"spam"`
	Weight float64 `json:"weight"` // positive for spam
	Pull   float64 `json:"pull"`   // its share of the log-odds of spam
}

// skippedJSON returns the line of a mail that is not scanned.
func skippedJSON(name string, cfg *config.Config, size int) ([]byte, error) {
	b, err := json.Marshal(struct {
		Name     string  `json:"name"`
		Required float64 `json:"required"`
		Class    string  `json:"class"`
		Size     int     `json:"size"`
		MaxSize  int64   `json:"max_size"`
	}{name, cfg.Scoring.Required, "skipped", size, cfg.Daemon.MaxSize})
	return append(b, '\n'), err
}

// toJSON returns a verdict as one line of JSON. off says why Bayes is not counted where it is not.
func toJSON(name string, v *classifier.Verdict, off string, pulls []bayes.TokenPull) ([]byte, error) {
	j := jsonVerdict{Name: name, MessageID: v.MessageID, Subject: v.Subject, Score: v.Score, Required: v.Required,
		Class: class(v),
		Tests: []jsonHit{}, Tokens: []jsonToken{}, Autolearn: v.Autolearn, Notes: v.Notes}
	if v.BayesReady {
		j.Bayes = &v.Bayes
	} else {
		j.BayesOff = off
	}
	if v.Sum != nil {
		sum := jsonSum(*v.Sum)
		j.Sum = &sum
	}
	for _, h := range v.Hits {
		j.Tests = append(j.Tests, jsonHit(h))
	}
	for _, p := range pulls[:min(len(pulls), explainedTokens)] {
		j.Tokens = append(j.Tokens, jsonToken{p.Text, p.Ham, p.Spam, p.Weight, p.Pull})
	}
	b, err := json.Marshal(j)
	return append(b, '\n'), err
}
