package web

import (
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// parameters reads those of a query; the first error stays.
type parameters struct {
	form map[string][]string
	err  error
}

func (p *parameters) value(name string, read func(string) error) {
	all := p.form[name]
	if len(all) == 0 || all[0] == "" || p.err != nil {
		return
	}
	if err := read(all[0]); err != nil {
		p.err = &Error{http.StatusBadRequest, fmt.Sprintf("parameter %s: %.60q: %v", name, all[0], err)}
	}
}

func (p *parameters) time(name string, into *time.Time) {
	p.value(name, func(s string) (err error) { *into, err = time.Parse(time.RFC3339, s); return err })
}

func (p *parameters) number(name string, into **float64) {
	p.value(name, func(s string) error {
		f, err := strconv.ParseFloat(s, 64)
		*into = &f
		return err
	})
}

// check returns the first error, or that there is a parameter of no meaning.
func (p *parameters) check(known []string) error {
	names := map[string]bool{}
	for _, name := range known {
		names[name] = true
	}
	for name := range p.form {
		if !names[name] && p.err == nil {
			p.err = &Error{http.StatusBadRequest, fmt.Sprintf("there is no parameter %.60q", name)}
		}
	}
	return p.err
}
