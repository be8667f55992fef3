package quarantine

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"slices"

	"asterism/submit"
)

// Release sends a mail to the recipients it was meant for, with a field that lets it pass, and deletes it once the
// mailer has taken it. If the mailer takes it for some recipients only, it stays here for the others. clean takes
// away the fields that nobody but the daemon may write.
func (d *Dir) Release(ctx context.Context, id string, by submit.Mailer, clean func(raw []byte) []byte) error {
	return d.release(ctx, id, by, clean, func(*Envelope) ([]string, error) { return nil, nil })
}

// ReleaseTo is Release for one of the recipients: the mail stays here for the others. One who has got it already is not
// among them.
func (d *Dir) ReleaseTo(ctx context.Context, id, recipient string, by submit.Mailer,
	clean func(raw []byte) []byte) error {
	return d.release(ctx, id, by, clean, func(env *Envelope) ([]string, error) {
		if !slices.Contains(env.Recipients, recipient) {
			return nil, fmt.Errorf("%s for %s: %w", id, recipient, ErrNotFound)
		}
		return []string{recipient}, nil
	})
}

// release sends a mail to the recipients that whom returns, or to all if it returns none.
func (d *Dir) release(ctx context.Context, id string, by submit.Mailer, clean func(raw []byte) []byte,
	whom func(*Envelope) ([]string, error)) error {
	lock, err := d.lock(id)
	if err != nil {
		return err
	}
	defer lock.Close()
	item, err := d.Get(id)
	if err != nil {
		return err
	}
	env := &item.Envelope
	to, err := whom(env)
	if err != nil {
		return err
	}
	if len(to) == 0 {
		to = env.Recipients
	}
	raw, err := d.Message(id)
	if err != nil {
		return err
	}
	raw, err = d.withPass("released "+id, clean(raw))
	if err != nil {
		return err
	}
	taken, err := by.Submit(ctx, &submit.Mail{Sender: env.Sender, Recipients: to, Raw: raw})
	if err == nil {
		taken = to
	} else {
		err = fmt.Errorf("%s is not released: %w", id, err)
	}
	left := slices.DeleteFunc(slices.Clone(env.Recipients), func(r string) bool { return slices.Contains(taken, r) })
	switch {
	case err == nil && len(left) == 0:
		return d.remove(id)
	case len(taken) == 0:
		return err
	}
	env.Recipients = left
	if werr := replaceJSON(filepath.Join(d.path, id), envelopeFile, env); werr != nil {
		return errors.Join(err,
			fmt.Errorf("%s: %v have received it, and the envelope could not be updated: %w", id, taken, werr))
	}
	if err != nil {
		return fmt.Errorf("%w (%d recipients have received it; it is kept for %d)", err, len(taken), len(left))
	}
	return nil
}

// withPass returns a mail, its lines ending in CRLF or LF, with the field that lets it pass.
func (d *Dir) withPass(what string, raw []byte) ([]byte, error) {
	value, err := d.Pass(what, raw)
	if err != nil {
		return nil, err
	}
	return append([]byte(FieldName+": "+crlf(value)+"\r\n"), raw...), nil
}
