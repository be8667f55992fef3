package hostiletest

import (
	"bytes"
	"fmt"
	"strings"
)

// Beginnings of PDF files, and of their first objects.
const (
	pdfHead    = "%PDF-1.4\n"
	pdfCatalog = pdfHead + "1 0 obj<</Pages 2 0 R>>endobj trailer<</Root 1 0 R>>"
)

// pdfs are PDF files whose objects refer to one and the same expensive one.
func pdfs() []File {
	long := func(size int) string { return strings.Repeat("a", size/2) }
	// shared is a file of a string and as many units as there is room for, which refer to it
	shared := func(unit string, text func(int) string) func(int) []byte {
		return func(size int) []byte {
			return []byte(pdfCatalog + "2 0 obj(" + text(size) + ")endobj 3 0 obj[" + strings.Repeat(unit, size/2/len(unit)) +
				"]endobj %%EOF")
		}
	}
	// filtered is a file of streams with the filters of object 7
	filtered := func(dict, stream, objects string) func(int) []byte {
		return func(size int) []byte {
			one := "1%d 0 obj<</Type/ObjStm/Filter 7 0 R" + dict + ">>stream\n" + stream + "\nendstream "
			return []byte(pdfCatalog + numbered(size/(len(one)+4), one) + objects + "%%EOF")
		}
	}
	return []File{
		{"kids.pdf", repeat(pdfCatalog+"2 0 obj<</Kids 3 0 R>>endobj 3 0 obj[", "<</Kids 3 0 R>>", "]endobj %%EOF")},
		{"roots.pdf", func(size int) []byte {
			return []byte(pdfHead + "1 0 obj<</Pages<</Kids[" + strings.Repeat("<<>>", size/8) + "]>>>>endobj " +
				numbered(size/100, "%d 9 obj<</Type/XRef/Root 1 0 R>>stream\nendstream\n") + "%%EOF")
		}},
		{"links.pdf", shared("<</URI 2 0 R>>", long)},
		{"short links.pdf", shared("<</URI 2 0 R>>", func(size int) string { return long(8000) })},
		{"scripts.pdf", shared("<</JS 2 0 R>>", func(size int) string {
			return "\xef\xbb\xbf" + strings.Repeat("\x80", size/2)
		})},
		{"files.pdf", shared("<</S/GoToR/F 2 0 R>>", long)},
		{"names.pdf", shared("<</F 2 0 R/EF<</F 4 0 R>>>>", long)},
		{"trailers.pdf", func(size int) []byte {
			return []byte(pdfHead + "1 0 obj 1 endobj " + strings.Repeat("trailer(", 100) + strings.Repeat("a", size-2000) +
				strings.Repeat(")", 100) + " %%EOF")
		}},
		{"lzw.pdf", filtered("", "\x80\x0b\x60\x50", "7 0 obj[/LZW/LZW/LZW/LZW]endobj ")},
		{"inflaters.pdf", filtered("", "\x00\x00\x00\xff\xff", "7 0 obj[/Fl/Fl/Fl/Fl]endobj ")},
		{"columns.pdf", filtered("/DecodeParms 8 0 R", "", "7 0 obj[/Fl/Fl/Fl/Fl]endobj "+
			"8 0 obj[9 0 R 9 0 R 9 0 R 9 0 R]endobj 9 0 obj<</Predictor 12/Columns 65536>>endobj ")},
		{"ascii85.pdf", filtered("", "zzzzzzzz", "7 0 obj[/A85/A85/A85/A85]endobj ")},
	}
}

// packedPDFs are PDF files that are small because their streams are packed.
func packedPDFs() []File {
	const page = "<< /Pages 2 0 R >>"
	const form = "<< /Kids [<</Contents 3 0 R/Resources<</XObject<</A 4 0 R>>>>>>] >>"
	objects := func(n int, body string) []byte { // in one place of an object stream
		head := numbered(n, "1%d 0 ")
		return pdf(page, fmt.Sprintf("<< /N %d /First %d /Type /ObjStm ", n, len(head)), head+body)
	}
	forms := func(content string) func(int) []byte {
		return func(size int) []byte {
			return pdf(page, form, "<< ", strings.Repeat("/A Do ", 200), "<< /Subtype /Form ", content)
		}
	}
	return []File{
		{"object stream.pdf", func(size int) []byte { return objects(size/10, "["+strings.Repeat("1 ", size/2)+"]") }},
		{"nested objects.pdf", func(size int) []byte { return objects(size/10, strings.Repeat("[[[] ", 150000)) }},
		{"contents.pdf", func(size int) []byte {
			return pdf(page, "<< /Kids ["+strings.Repeat("<</Contents[3 0 R 3 0 R]>>", 20)+"] >>", "<< ",
				strings.Repeat(" ", 1<<20))
		}},
		{"forms.pdf", forms(strings.Repeat(" ", 1<<20))},
		{"images.pdf", forms("BI " + strings.Repeat("EI", 1<<19))},
		{"strings.pdf", forms("(\xef\xbb\xbf" + strings.Repeat("\x80", 1<<20-10) + ") Tj")},
		{"numbers.pdf", forms("[" + strings.Repeat("1 ", 100000) + "] TJ")},
		{"packed scripts.pdf", func(size int) []byte {
			return pdf(page, "["+strings.Repeat("<</JS 3 0 R>>", size/14)+"]", "<< ", "\xef\xbb\xbf"+
				strings.Repeat("\x80", 1<<20-10))
		}},
	}
}

// pdf returns a PDF file of objects. One that ends in a blank has the string behind it as its stream, packed.
func pdf(objects ...string) []byte {
	var b bytes.Buffer
	b.WriteString(pdfHead)
	for i, n := 0, 1; i < len(objects); i, n = i+1, n+1 {
		fmt.Fprintf(&b, "%d 0 obj\n%s", n, objects[i])
		if strings.HasSuffix(objects[i], " ") {
			i++
			data := zlibbed([]byte(objects[i]))
			fmt.Fprintf(&b, "/Filter /FlateDecode /Length %d >>\nstream\n%s\nendstream", len(data), data)
		}
		b.WriteString("\nendobj\n")
	}
	b.WriteString("trailer << /Root 1 0 R >>\n%%EOF")
	return b.Bytes()
}

// fonts are PDF files whose fonts map many codes, or map them to long strings.
func fonts() []File {
	const page = "<< /Pages 2 0 R >>"
	kids := func(font string) string {
		return "<< /Kids [<</Contents 3 0 R/Resources<</Font<<" + font + ">>>>>>] >>"
	}
	show := "/F 1 Tf (" + strings.Repeat("aa", 500000) + ") Tj"
	return []File{
		{"ranges.pdf", func(int) []byte {
			return pdf(page, kids("/F <</ToUnicode 4 0 R/Subtype/Type0>>"), "<< ", show, "<< ",
				strings.Repeat(strings.Repeat("<0000><0000><0000> ", 330)+"endbfrange ", 30))
		}},
		{"long characters.pdf", func(int) []byte {
			return pdf(page, kids("/F <</ToUnicode 4 0 R>>"), "<< ", show, "<< ", "<61> <"+strings.Repeat("4e00", 32)+
				"> endbfchar")
		}},
		{"differences.pdf", func(size int) []byte {
			return pdf(page, kids(numbered(100, "/F%d<</Encoding<</Differences 4 0 R>>>>")), "<< ",
				numbered(100, "/F%d 1 Tf "), "["+strings.Repeat("/a", size/2-2000)+"]")
		}},
	}
}
