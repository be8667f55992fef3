package network

import (
	"context"
	"time"

	"asterism/classifier"
	"asterism/message"
	"asterism/remote/breaker"
	"asterism/rules"
)

// Ask adds a service whose answer is what f does.
func (c *Checks) Ask(f func()) {
	prepare := func(*message.Message, *classifier.Input, *rules.Scan) queryFunc {
		return func(context.Context, []byte) (answer, error) {
			f()
			return func(rules.NetRule) (bool, string) { return false, "" }, nil
		}
	}
	s := &service{name: "test", timeout: time.Minute, breaker: breaker.New(breaker.Options{}), prepare: prepare}
	c.services = append(c.services, s)
}
