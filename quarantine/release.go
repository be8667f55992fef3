package quarantine

import (
	"context"
	"fmt"
	"path/filepath"
	"slices"

	"asterism/submit"
)

// Release sends a mail to the recipients it was meant for, with a field that lets it pass, and deletes it once the
// mailer has taken it. If the mailer takes it for some recipients only, it stays here for the others. clean takes
// away the fields that nobody but the daemon may write.
func (d *Dir) Release(ctx context.Context, id string, by submit.Mailer, clean func(raw []byte) []byte) error {
	lock, err := d.lock(id)
	if err != nil {
		return err
	}
	defer lock.Close()
	item, err := d.Get(id)
	if err != nil {
		return err
	}
	raw, err := d.Message(id)
	if err != nil {
		return err
	}
	raw, err = d.withPass("released "+id, clean(raw))
	if err != nil {
		return err
	}
	taken, err := by.Submit(ctx, &submit.Mail{Sender: item.Envelope.Sender, Recipients: item.Envelope.Recipients,
		Raw: raw})
	if err == nil {
		return d.remove(id)
	}
	err = fmt.Errorf("%s is not released: %w", id, err)
	if len(taken) == 0 {
		return err
	}
	left := slices.DeleteFunc(item.Envelope.Recipients, func(to string) bool { return slices.Contains(taken, to) })
	item.Envelope.Recipients = left
	if werr := replaceJSON(filepath.Join(d.path, id), envelopeFile, &item.Envelope); werr != nil {
		return fmt.Errorf("%w; %v have got it, which could not be noted: %w", err, taken, werr)
	}
	return fmt.Errorf("%w (%d recipients have got it, it stays for %d)", err, len(taken), len(left))
}

// withPass returns a mail, its lines ending in CRLF or LF, with the field that lets it pass.
func (d *Dir) withPass(what string, raw []byte) ([]byte, error) {
	value, err := d.Pass(what, raw)
	if err != nil {
		return nil, err
	}
	return append([]byte(FieldName+": "+crlf(value)+"\r\n"), raw...), nil
}
