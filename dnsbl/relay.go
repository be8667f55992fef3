package dnsbl

// relayLookup asks one list about the relays that a set names (check_rbl, check_rbl_txt).
type relayLookup struct {
	list  *list
	set   string
	qtype uint16
	tests []ruleTest
}

func (c *Checks) addRelay(r Rule, qtype uint16, d *definitions) error {
	l, tests, err := c.zoneTests(r, d)
	if err != nil {
		return err
	}
	l.byAddr = true
	c.relay = append(c.relay, &relayLookup{l, r.Args[0], qtype, tests})
	return nil
}

func (l *relayLookup) start(r *Running, q *Query) {
	for _, ip := range r.c.relays(q, l.set) {
		r.askList(l.list, ip.String(), ReverseName(ip), l.qtype, l.tests)
	}
}
