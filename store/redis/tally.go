package redis

import (
	"context"
	"strconv"
	"strings"
	"time"
)

// Tallies are counts and totals by name beside a store, which all hosts add to. It connects when it is first used.
type Tallies struct {
	dialed
	key string // of the hash
}

// Tally is one of them.
type Tally struct {
	Name  string
	Count int64
	Total float64
	Seen  time.Time // of its last change, in whole seconds
	value string
}

// TallyChange is what happens to a tally: it begins anew with Reset, then the rest is added.
type TallyChange struct {
	Name  string
	Reset bool
	Count int64
	Total float64
}

// NewTallies returns the tallies of a name beside the store at a URL.
func NewTallies(path, name string, opt Options) (*Tallies, error) {
	loc, err := locate(path, opt)
	if err != nil {
		return nil, err
	}
	tags := newTags(loc.Prefix)
	return &Tallies{dialed: dialed{loc: loc}, key: tags.site(name)}, nil
}

// Read returns the tallies of names, empty ones for missing names.
func (t *Tallies) Read(ctx context.Context, names []string) ([]Tally, error) {
	c, err := t.connect()
	if err != nil {
		return nil, err
	}
	values, err := c.Do(ctx, c.B().Hmget().Key(t.key).Field(names...).Build()).ToArray()
	if err != nil {
		return nil, away(err)
	}
	tallies := make([]Tally, len(names))
	for i := range tallies {
		tallies[i].Name = names[i]
		if i < len(values) && !values[i].IsNil() {
			text, _ := values[i].ToString() // what is no text is no tally
			tallies[i] = parseTally(names[i], text)
		}
	}
	return tallies, nil
}

// parseTally reads a tally. A damaged one is empty.
func parseTally(name, value string) Tally {
	t := Tally{Name: name, value: value}
	f := strings.Fields(value)
	if len(f) != 3 {
		return t
	}
	count, err1 := strconv.ParseInt(f[0], 10, 64)
	seen, err2 := strconv.ParseInt(f[1], 10, 64)
	total, err3 := strconv.ParseFloat(f[2], 64)
	if err1 == nil && err2 == nil && err3 == nil && count >= 0 && total-total == 0 {
		t.Count, t.Seen, t.Total = count, time.Unix(seen, 0), total
	}
	return t
}

// Add makes changes, all or none of them.
func (t *Tallies) Add(ctx context.Context, now time.Time, changes []TallyChange) error {
	args := make([]string, 1, 1+4*len(changes))
	args[0] = strconv.FormatInt(now.Unix(), 10)
	for _, c := range changes {
		reset := "0"
		if c.Reset {
			reset = "1"
		}
		args = append(args, c.Name, reset, strconv.FormatInt(c.Count, 10), strconv.FormatFloat(c.Total, 'g', -1, 64))
	}
	return t.run(ctx, tallyScript, args)
}

// Drop deletes tallies that are still as they were read.
func (t *Tallies) Drop(ctx context.Context, tallies []Tally) error {
	args := make([]string, 0, 2*len(tallies))
	for _, one := range tallies {
		args = append(args, one.Name, one.value)
	}
	return t.run(ctx, untallyScript, args)
}

func (t *Tallies) run(ctx context.Context, sc script, args []string) error {
	client, err := t.connect()
	if err != nil {
		return err
	}
	return away(sc.run(ctx, &conn{Client: client}, []string{t.key}, args).Error())
}

// Each calls visit for all tallies whose names begin with a text, some perhaps twice. Each page of them is followed by
// then, if that is given.
func (t *Tallies) Each(ctx context.Context, prefix string, visit func(Tally), then func() error) error {
	c, err := t.connect()
	if err != nil {
		return err
	}
	const page = 1000
	for cursor := uint64(0); ; {
		got, err := c.Do(ctx, c.B().Hscan().Key(t.key).Cursor(cursor).Match(literal(prefix)+"*").Count(page).
			Build()).AsScanEntry()
		if err != nil {
			return away(err)
		}
		for i := 0; i+1 < len(got.Elements); i += 2 {
			visit(parseTally(got.Elements[i], got.Elements[i+1]))
		}
		if then != nil {
			if err := then(); err != nil {
				return err
			}
		}
		if cursor = got.Cursor; cursor == 0 {
			return nil
		}
	}
}

// literal returns a pattern that matches a text.
func literal(text string) string {
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`, `]`, `\]`).Replace(text)
}
