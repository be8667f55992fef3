package spamc

import (
	"context"
	"encoding/json"
	"fmt"
	"strconv"
)

// status answers STATUS, a verb of our own, with the daemon's state as a JSON object.
func (s *Server) status() (*answer, error) {
	body, err := json.Marshal(s.opt.Status())
	if err != nil {
		return nil, err
	}
	return &answer{version: "1.1", text: "EX_OK", fields: []string{"Content-length: " + strconv.Itoa(len(body))},
		body: body}, nil
}

// Status reads the daemon's state into the value that into points to.
func (c *Client) Status(ctx context.Context, into any) error {
	_, body, err := c.call(ctx, "STATUS", nil, nil)
	if err != nil {
		return err
	}
	if err := json.Unmarshal(body, into); err != nil {
		return fmt.Errorf("%w: %w", errBroken, err)
	}
	return nil
}
