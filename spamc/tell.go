package spamc

import (
	"context"
	"fmt"
	"log/slog"
	"strings"

	"asterism/classifier"
	"asterism/store"
)

// tell teaches or unteaches the request's message. "Set: local" learns it as the class in Message-class, "Remove:
// local" forgets it; the answer says DidSet or DidRemove if that changed anything. Reports to others ("remote") are
// not ours to make.
func (s *Server) tell(ctx context.Context, log *slog.Logger, req *request, access Access) (*answer, error) {
	if !access.Tell {
		return nil, &ServerError{codeUnavailable,
			"Service Unavailable: TELL commands are not enabled, set the --allow-tell switch."}
	}
	set, remove := has(req.field["set"], "local"), has(req.field["remove"], "local")
	footprint := classifier.Footprint(req.message)
	err := s.opt.Scans.Begin(ctx, footprint)
	if err != nil {
		return nil, err
	}
	defer s.opt.Scans.End(footprint)
	var learned []classifier.Learned
	switch class := classOf(req.field["message-class"]); {
	case set && remove:
		return nil, protocolError("Unable to set local and remove local in the same operation.")
	case set && class != 0:
		learned, err = s.opt.Classifier.Learn(ctx, req.field["user"], []classifier.Lesson{{Raw: req.message, Class: class}})
	case remove:
		learned, err = s.opt.Classifier.Forget(ctx, req.field["user"], [][]byte{req.message})
	}
	if err != nil {
		return nil, fmt.Errorf("learning failed: %w", err)
	}
	a := &answer{version: "1.1", text: "EX_OK", body: []byte("\r\n")}
	for _, l := range learned {
		switch l {
		case classifier.LearnedNew:
			a.fields = append(a.fields, "DidSet: local")
		case classifier.LearnedOther:
			a.fields = append(a.fields, "DidSet: local")
			if req.field[relearnedField] != "" {
				a.fields = append(a.fields, "DidRemove: local")
			}
		case classifier.LearnedLater:
			did := "DidSet: local"
			if remove {
				did = "DidRemove: local"
			}
			a.fields = append(a.fields, did, "Queued: yes") // our own field
		case classifier.Forgotten:
			a.fields = append(a.fields, "DidRemove: local")
		}
	}
	attrs := []any{"class", req.field["message-class"], "size", len(req.message), "did", strings.Join(a.fields, ", ")}
	if user := req.field["user"]; user != "" {
		attrs = append(attrs, "user", user)
	}
	log.Info("tell", attrs...)
	return a, nil
}

// relearnedField is a header field of our own: a client that sends it wants to know whether the message was known as
// the other class, in the form of both DidSet and DidRemove.
const relearnedField = "relearned"

func classOf(s string) store.Class {
	switch strings.ToLower(s) {
	case "spam":
		return store.Spam
	case "ham":
		return store.Ham
	}
	return 0
}
