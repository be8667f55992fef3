// Package external has programs that the administrator names turn attachments into text, as SpamAssassin's plug-in
// ExtractText does (extracttext_external, extracttext_use). Without such a name no program is started.
package external

import (
	"context"
	"os"
	"regexp"
	"slices"
	"strings"
	"time"

	"asterism/remote/run"
)

// Tool is a program that reads a file and writes text.
type Tool struct {
	Name    string
	Command []string // path and arguments; "{}" in them stands for the file's name
	Env     []string // KEY=VALUE
}

// Use selects the attachments for a tool.
type Use struct {
	Tool    string
	Type    bool // the expression is of media types, not of file names
	Pattern *regexp.Regexp
}

// Tools are the programs of a site. They are immutable.
type Tools struct {
	Tools   []Tool
	Uses    []Use
	Parts   int           // attachments of a mail that are handed to programs; 0 is all
	Timeout time.Duration // of one program
	Total   time.Duration // of all programs for one mail
	Runner  *run.Runner
}

// For returns the tools that read an attachment of a name and media type, each once.
func (t *Tools) For(name, media string) []*Tool {
	var found []*Tool
	for _, u := range t.Uses {
		text := name
		if u.Type {
			text = media
		}
		if text == "" || !u.Pattern.MatchString(text) {
			continue
		}
		for i := range t.Tools {
			if tool := &t.Tools[i]; tool.Name == u.Tool && !slices.Contains(found, tool) {
				found = append(found, tool)
			}
		}
	}
	return found
}

// Text returns a tool's output for a file's content; ok is false if it fails, or has not ended by then.
func (t *Tools) Text(tool *Tool, content []byte, by time.Time) (text string, ok bool) {
	ctx, cancel := context.WithDeadline(context.Background(), by)
	defer cancel()
	file, err := os.CreateTemp("", "spamd-attachment-")
	if err != nil {
		return "", false
	}
	defer os.Remove(file.Name())
	_, err = file.Write(content)
	if closed := file.Close(); err != nil || closed != nil {
		return "", false
	}
	args := slices.Concat(tool.Env, tool.Command)
	for i := len(tool.Env) + 1; i < len(args); i++ {
		args[i] = strings.ReplaceAll(args[i], "{}", file.Name())
	}
	result, err := t.Runner.Run(ctx, environment, args, nil)
	// with these some end that have found nothing
	if err != nil || result.Code != 0 && result.Code != 1 && result.Code != 4 {
		return "", false
	}
	return strings.ToValidUTF8(string(result.Stdout), ""), true
}

// environment is the program that sets variables for another one (POSIX).
const environment = "/usr/bin/env"
