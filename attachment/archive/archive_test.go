package archive

import (
	"bytes"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"asterism/attachment/budget"
	"asterism/test/tool"
)

// debian has the packages of the programs that make archives.
var debian = map[string]string{
	"zip": "zip", "7z": "p7zip-full", "tar": "tar", "genisoimage": "genisoimage", "gcab": "gcab",
	"gzip": "gzip", "bzip2": "bzip2", "xz": "xz-utils",
}

func ample() *budget.Budget { return &budget.Budget{Bytes: 8 << 20, Each: 1 << 20} }

// run makes an archive by the program that users have, in a directory with the files in it.
func run(t *testing.T, out, name string, args ...string) []byte {
	t.Helper()
	dir := t.TempDir()
	for file, text := range files {
		if err := os.MkdirAll(filepath.Dir(filepath.Join(dir, file)), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, file), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command(tool.Path(t, name, debian[name]), args...)
	cmd.Dir = dir
	if text, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%s: %v\n%s", name, err, text)
	}
	b, err := os.ReadFile(filepath.Join(dir, out))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var files = map[string]string{
	"letter.txt":      strings.Repeat("Please look at http://crook.example/page now. ", 500),
	"sub/invoice.exe": "MZ" + strings.Repeat("\x00\x90", 1000),
	"sub/a.pdf.js":    "alert(1)\n",
}

// TestPrograms: archives of the programs that make them are listed with all their files, which unpack to what they
// were.
func TestPrograms(t *testing.T) {
	names := []string{"a.pdf.js", "invoice.exe", "letter.txt"}
	for _, c := range []struct {
		name string
		list func([]byte) Listing
		out  string
		args []string
	}{
		{"zip", Zip, "a.zip", []string{"zip", "-qr", "a.zip", "letter.txt", "sub"}},
		{"zip stored", Zip, "a.zip", []string{"zip", "-0qr", "a.zip", "letter.txt", "sub"}},
		{"7z zip", Zip, "a.zip", []string{"7z", "a", "a.zip", "letter.txt", "sub"}},
		{"7z", sevenZipped, "a.7z", []string{"7z", "a", "a.7z", "letter.txt", "sub"}},
		{"7z LZMA", sevenZipped, "a.7z", []string{"7z", "a", "-m0=LZMA", "-ms=off", "a.7z", "letter.txt", "sub"}},
		{"7z deflate", sevenZipped, "a.7z", []string{"7z", "a", "-m0=Deflate", "a.7z", "letter.txt", "sub"}},
		{"7z stored", sevenZipped, "a.7z", []string{"7z", "a", "-mx=0", "a.7z", "letter.txt", "sub"}},
		{"tar", Tar, "a.tar", []string{"tar", "cf", "a.tar", "letter.txt", "sub"}},
		{"ISO", ISO, "a.iso", []string{"genisoimage", "-quiet", "-J", "-o", "a.iso", "-graft-points", "letter.txt",
			"sub/=sub"}},
		{"cab", Cab, "a.cab", []string{"gcab", "-czn", "a.cab", "letter.txt", "sub/invoice.exe", "sub/a.pdf.js"}},
		{"cab stored", Cab, "a.cab", []string{"gcab", "-cn", "a.cab", "letter.txt", "sub/invoice.exe", "sub/a.pdf.js"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := c.list(run(t, c.out, c.args[0], c.args[1:]...))
			var got []string
			for i := range l.Entries {
				e := &l.Entries[i]
				name := path.Base(e.Name)
				got = append(got, name)
				data, whole := e.Unpack(ample(), 1<<20)
				if want := content(name); string(data) != want || !whole || e.Size != int64(len(want)) {
					t.Errorf("%s: %d octets, %d declared, whole %v; want %d", name, len(data), e.Size, whole, len(want))
				}
			}
			if slices.Sort(got); !slices.Equal(got, names) || l.Broken || l.Encrypted || l.Overlap {
				t.Errorf("%q, broken %v, encrypted %v, overlap %v", got, l.Broken, l.Encrypted, l.Overlap)
			}
		})
	}
}

// content returns what the file of a name, without its path, holds.
func content(name string) string {
	if text, ok := files[name]; ok {
		return text
	}
	return files["sub/"+name]
}

func sevenZipped(b []byte) Listing { return SevenZip(b, ample()) }

// TestStreams: files that one program each compresses are unpacked.
func TestStreams(t *testing.T) {
	for name, list := range map[string]func([]byte) Listing{"gzip": Gzip, "bzip2": Bzip2, "xz": XZ} {
		t.Run(name, func(t *testing.T) {
			cmd := exec.Command(tool.Path(t, name, debian[name]), "-c")
			cmd.Stdin = strings.NewReader(files["letter.txt"])
			b, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			l := list(b)
			data, whole := l.Entries[0].Unpack(ample(), 1<<20)
			if string(data) != files["letter.txt"] || !whole {
				t.Errorf("%d octets, whole %v", len(data), whole)
			}
			if data, whole = l.Entries[0].Unpack(ample(), 100); len(data) > 100 || whole {
				t.Errorf("%d octets of 100, whole %v", len(data), whole)
			}
		})
	}
}

// TestEncrypted: what is encrypted is said to be, files as well as lists of files.
func TestEncrypted(t *testing.T) {
	for _, c := range []struct {
		name string
		list func([]byte) Listing
		out  string
		args []string
	}{
		{"zip", Zip, "a.zip", []string{"zip", "-qrP", "secret", "a.zip", "sub"}},
		{"7z zip", Zip, "a.zip", []string{"7z", "a", "-psecret", "-mem=AES256", "a.zip", "sub"}},
		{"7z", sevenZipped, "a.7z", []string{"7z", "a", "-psecret", "a.7z", "sub"}},
	} {
		t.Run(c.name, func(t *testing.T) {
			l := c.list(run(t, c.out, c.args[0], c.args[1:]...))
			n := 0
			for i := range l.Entries {
				if e := &l.Entries[i]; e.Encrypted && strings.Contains(e.Name, "sub/") {
					n++
					if data, _ := e.Unpack(ample(), 100); data != nil {
						t.Errorf("%s unpacks to %q", e.Name, data)
					}
				}
			}
			if n != 2 {
				t.Errorf("%d files are encrypted, not 2: %+v", n, l)
			}
		})
	}
	t.Run("7z with its list", func(t *testing.T) {
		if l := sevenZipped(run(t, "a.7z", "7z", "a", "-psecret", "-mhe=on", "a.7z", "sub")); !l.Encrypted {
			t.Errorf("not encrypted: %+v", l)
		}
	})
}

// TestHostile: what is cut off, loops or declares too much is listed as far as it is there, and said to be broken.
func TestHostile(t *testing.T) {
	zip := run(t, "a.zip", "zip", "-qr", "a.zip", "letter.txt", "sub")
	seven := run(t, "a.7z", "7z", "a", "a.7z", "letter.txt", "sub")
	iso := run(t, "a.iso", "genisoimage", "-quiet", "-J", "-o", "a.iso", ".")
	cab := run(t, "a.cab", "gcab", "-czn", "a.cab", "letter.txt")
	tar := run(t, "a.tar", "tar", "cf", "a.tar", "letter.txt", "sub")
	loop := bytes.Clone(iso)
	root := 16*isoSector + 156
	sector := int(u32(loop, root+2)) * isoSector
	for at := sector; at+34 < len(loop) && loop[at] != 0; at += int(loop[at]) {
		loop[at+25] |= 2 // all are directories, at the root's own place
		copy(loop[at+2:at+6], loop[root+2:root+6])
	}
	copy(loop[17*isoSector:], []byte{isoEnd})
	huge := bytes.Clone(seven)
	for i := 12; i < 28; i++ {
		huge[i] = 0xff
	}
	for _, c := range []struct {
		name string
		l    Listing
	}{
		{"zip without its end", Zip(zip[:len(zip)-40])}, {"zip's half", Zip(zip[:len(zip)/2])}, {"zip's head", Zip(zip[:31])},
		{"zip without its beginning", Zip(zip[len(zip)-200:])}, {"7z's half", sevenZipped(seven[:len(seven)/2])},
		{"7z's head", sevenZipped(seven[:20])}, {"7z of 2^64", sevenZipped(huge)}, {"ISO's half", ISO(iso[:len(iso)/2])},
		{"ISO's loop", ISO(loop)}, {"cab's head", Cab(cab[:50])}, {"cab's start", Cab(cab[:20])},
		{"tar's part", Tar(tar[:700])},
		{"empty zip", Zip(nil)}, {"empty cab", Cab(nil)}, {"empty RAR", Rar(nil)}, {"empty ISO", ISO(nil)},
	} {
		for i := range c.l.Entries {
			if data, _ := c.l.Entries[i].Unpack(ample(), 1<<20); len(data) > 1<<20 {
				t.Errorf("%s: %d octets of %s", c.name, len(data), c.l.Entries[i].Name)
			}
		}
		if !c.l.Broken && !strings.HasPrefix(c.name, "ISO's half") {
			t.Errorf("%s: not broken: %+v", c.name, c.l)
		}
	}
	if l := Zip(zip[:len(zip)/2]); len(l.Entries) == 0 {
		t.Error("half of a zip archive has no file")
	}
}

// FuzzList lists what it is given as an archive of each kind, and unpacks what is listed.
func FuzzList(f *testing.F) {
	for _, seed := range []string{"PK\x03\x04\x14\x00\x00\x00\x08\x00", "7z\xbc\xaf\x27\x1c\x00\x04\x00\x00\x00\x00",
		"Rar!\x1a\x07\x01\x00\x00\x00\x00\x00\x05\x02",
		"Rar!\x1a\x07\x00\x00\x00\x74\x00\x80\x21\x00", "MSCF\x00\x00\x00\x00\x40\x00\x00\x00",
		"\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\x03", "BZh9", "\xfd7zXZ\x00\x00\x04",
		strings.Repeat("\x00", 16*isoSector) + "\x01CD001\x01"} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(_ *testing.T, b []byte) {
		for _, list := range []func([]byte) Listing{Zip, sevenZipped, Rar, Tar, Gzip, Bzip2, XZ, ISO, Cab} {
			l := list(b)
			bud := &budget.Budget{Bytes: 256 << 10, Each: 64 << 10}
			for i := range l.Entries[:min(len(l.Entries), 20)] {
				l.Entries[i].Unpack(bud, 64<<10)
			}
		}
	})
}
