package main

import (
	"net/mail"
	"regexp"
	"strings"
	"time"
)

// arrival returns when the message's newest Received field says it arrived, the zero time if none says.
func arrival(raw string) time.Time {
	header, _, _ := strings.Cut(strings.ReplaceAll(raw, "\r\n", "\n"), "\n\n")
	for _, field := range fields(header) {
		name, value, _ := strings.Cut(field, ":")
		if !strings.EqualFold(name, "received") {
			continue
		}
		if t := parse(value[strings.LastIndexByte(value, ';')+1:]); !t.IsZero() {
			return t
		}
	}
	return time.Time{}
}

// fields splits a header into its unfolded fields.
func fields(header string) []string {
	var all []string
	for line := range strings.SplitSeq(header, "\n") {
		if len(all) > 0 && line != "" && (line[0] == ' ' || line[0] == '\t') {
			all[len(all)-1] += " " + strings.TrimSpace(line)
		} else {
			all = append(all, line)
		}
	}
	return all
}

// comment is a trailing zone name such as "(PDT)", which old software writes in ways RFC 5322 does not know.
var comment = regexp.MustCompile(`\([^()]*\)`)

func parse(value string) time.Time {
	value = strings.Join(strings.Fields(comment.ReplaceAllString(value, " ")), " ")
	t, err := mail.ParseDate(value)
	if err != nil || t.Year() < 1990 {
		return time.Time{}
	}
	return t
}
