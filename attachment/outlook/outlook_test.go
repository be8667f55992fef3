package outlook_test

import (
	"encoding/binary"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"asterism/attachment/outlook"
	"asterism/test/e2e"
)

// attribute is one of a TNEF file.
func attribute(level byte, id, kind uint16, value string) string {
	b := []byte{level}
	b = binary.LittleEndian.AppendUint16(b, id)
	b = binary.LittleEndian.AppendUint16(b, kind)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(value)))
	sum := uint16(0)
	for i := range len(value) {
		sum += uint16(value[i])
	}
	return string(binary.LittleEndian.AppendUint16(append(b, value...), sum))
}

// property is one of a list of properties, with a value of variable length.
func property(kind, id uint16, value string) string {
	b := binary.LittleEndian.AppendUint16(nil, kind)
	b = binary.LittleEndian.AppendUint16(b, id)
	b = binary.LittleEndian.AppendUint32(b, 1)
	b = binary.LittleEndian.AppendUint32(b, uint32(len(value)))
	return string(b) + value + strings.Repeat("\x00", (4-len(value)%4)%4)
}

func number(n uint32) string { return string(binary.LittleEndian.AppendUint32(nil, n)) }

// winmail is a mail with a body in HTML and two files, one of which has its long name among its properties.
func winmail() []byte {
	props := number(3) + string([]byte{3, 0, 0x17, 0}) + number(1) + property(0x102, 0x1013,
		"<a href=http://crook.example/a>Overdue invoice</a>") +
		property(0x1e, 0x8005, "x")
	props = strings.Replace(props, property(0x1e, 0x8005, "x"), string([]byte{0x1e, 0, 5, 0x80})+strings.Repeat("\x11",
		16)+number(0)+number(7)+number(1)+number(2)+"x\x00\x00\x00", 1)
	return []byte("\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x9006, 8, number(0x10000)) + attribute(1, 0x8004, 1,
		"the papers\x00") +
		attribute(1, 0x9003, 6, props) +
		attribute(2, 0x9002, 6, strings.Repeat("\x00", 14)) + attribute(2, 0x8010, 1, "A~1.EXE\x00") + attribute(2, 0x800f, 6,
		"MZ the program") +
		attribute(2, 0x9005, 6, number(1)+property(0x1e, 0x3707, "a program.exe\x00")) +
		attribute(2, 0x9002, 6, strings.Repeat("\x00", 14)) + attribute(2, 0x8010, 1, "b.txt\x00") + attribute(2, 0x800f, 6,
		"hello"))
}

// TestTNEF: subject, body and files are read; the program that others read TNEF by finds the same files.
func TestTNEF(t *testing.T) {
	m := outlook.TNEF(winmail())
	if m.Broken || m.Subject != "the papers" || !strings.Contains(m.HTML, "crook.example") {
		t.Errorf("%+v", m)
	}
	if len(m.Files) != 2 || m.Files[0].Name != "a program.exe" || string(m.Files[0].Data) != "MZ the program" ||
		m.Files[1].Name != "b.txt" ||
		string(m.Files[1].Data) != "hello" {
		t.Errorf("%+v", m.Files)
	}
	file := filepath.Join(t.TempDir(), "winmail.dat")
	if err := os.WriteFile(file, winmail(), 0o600); err != nil {
		t.Fatal(err)
	}
	if list := e2e.Run(t, e2e.Tool(t, "tnef", "tnef"), "-t", "-f", file); !strings.Contains(list, "b.txt") {
		t.Errorf("tnef lists %q", list)
	}
}

// TestRTF: compressed RTF as in the examples of MS-OXRTFCP.
func TestRTF(t *testing.T) {
	packed := "\x2d\x00\x00\x00\x2b\x00\x00\x00\x4c\x5a\x46\x75\xf1\xc5\xc7\xa7\x03\x00\x0a\x00\x72\x63\x70\x67" +
		"\x31\x32\x35\x42\x32\x0a\xf3\x20\x68\x65" +
		"\x6c\x09\x00\x20\x62\x77\x05\xb0\x6c\x64\x7d\x0a\x80\x0f\xa0"
	value := "\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x9003, 6, number(1)+property(0x102, 0x1009, packed))
	if got := string(outlook.TNEF([]byte(value)).RTF); got != "{\\rtf1\\ansi\\ansicpg1252\\pard hello world}\r\n" {
		t.Errorf("%q", got)
	}
}

// TestHostile: cut and lying files are broken.
func TestHostile(t *testing.T) {
	whole := winmail()
	for name, b := range map[string][]byte{
		"half": whole[:len(whole)/2-12], "head": whole[:4], "empty": nil,
		"lengths": append([]byte("\x78\x9f\x3e\x22\x01\x00"),
			[]byte(strings.Repeat("\x02\x0f\x80\x06\x00\xff\xff\xff\xff", 10000))...),
		"properties": []byte("\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x9003, 6,
			number(0xffffffff)+strings.Repeat(property(0x1e, 0x1000, "x"), 5000))),
		"many": []byte("\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x9003, 6,
			number(1)+"\x02\x10\x00\x10"+number(0xffffffff)+strings.Repeat("\x00", 90000))),
		"empty many": []byte("\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x9003, 6,
			number(1)+"\x01\x10\x00\x10"+number(0xffffffff))),
		"empty many within": []byte("\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x9003, 6,
			number(2)+"\x01\x10\x00\x10"+number(0xffffffff)+property(0x1e, 0x1000, "x"))),
		"attachments": []byte("\x78\x9f\x3e\x22\x01\x00" + strings.Repeat(attribute(2, 0x9002, 6, ""), 9000) + "x"),
		"RTF": []byte("\x78\x9f\x3e\x22\x01\x00" + attribute(1, 0x9003, 6, number(2)+property(0x102, 0x1009,
			"\xff\xff\xff\xff\xff\xff\xff\xffLZFuxxxx"+strings.Repeat("\xff\x00\x0f", 30000)))),
	} {
		m := outlook.TNEF(b)
		if !m.Broken {
			t.Errorf("%s: not broken", name)
		}
	}
}

func FuzzTNEF(f *testing.F) {
	f.Add(winmail())
	f.Fuzz(func(_ *testing.T, b []byte) { outlook.TNEF(b) })
}
