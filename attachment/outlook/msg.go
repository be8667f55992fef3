package outlook

import (
	"path"
	"strconv"
	"strings"

	"asterism/attachment/office"
)

// Parts of the names of streams and storages in a mail file (MS-OXMSG, 2.2).
const (
	msgProperties = "__properties_version1.0"
	msgValue      = "__substg1.0_"
	msgFile       = "__attach_version1.0_"
)

// IsMSG reports whether a compound file is a mail file.
func IsMSG(c *office.CFB) bool { return c.Find(msgProperties) != nil }

// MSG reads a mail file. The root's streams have the values of the mail, and an attachment's storage has its values. A
// mail attached to the mail is a storage in there; its values stand in for missing ones of the mail.
func MSG(c *office.CFB) *Message {
	const limit = 1 << 20
	m := &Message{Broken: c.Broken}
	var inner strings.Builder // bodies of mails attached to the mail
	files := map[string]*File{}
	var order []string
	for i := range c.Entries {
		e := &c.Entries[i]
		dir, name := path.Split(e.Path)
		id, kind, ok := propertyOf(name)
		if e.Dir || !ok {
			continue
		}
		dir = strings.TrimSuffix(dir, "/")
		switch {
		case dir == "":
			m.property(id, kind, c.Read(e, limit))
		case strings.HasPrefix(dir, msgFile) && !strings.Contains(dir, "/"):
			f := files[dir]
			if f == nil && len(files) < maxFiles {
				f = &File{}
				files[dir] = f
				order = append(order, dir)
			}
			if f != nil {
				f.property(id, kind, c.Read(e, limit))
			}
		case id == propBody && inner.Len() < maxText:
			inner.WriteString("\n" + value{kind, c.Read(e, limit)}.text(maxText))
		}
	}
	for _, dir := range order {
		m.Files = append(m.Files, *files[dir])
	}
	m.Broken = m.Broken || c.Broken
	m.end().Body += inner.String()
	return m
}

// propertyOf returns which property a stream holds, by its name.
func propertyOf(name string) (id, kind int, ok bool) {
	hex, ok := strings.CutPrefix(name, msgValue)
	if !ok || len(hex) < 8 {
		return 0, 0, false
	}
	v, err := strconv.ParseUint(hex[:8], 16, 32)
	return int(v >> 16), int(v & 0xffff), err == nil
}
