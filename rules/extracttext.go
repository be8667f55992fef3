package rules

import (
	"slices"
	"strconv"
	"strings"

	"asterism/attachment"
)

// extractPrefix is the prefix of names for data about the text of attachments, as in SpamAssassin's plug-in
// ExtractText.
const extractPrefix = "X-ExtractText-"

// nativeTool is the name of the tool that has read the text of a document without a program.
const nativeTool = "native"

// extracted returns the data about the text of attachments; false if none has been read.
func (sc *Scan) extracted(what string) (string, bool) {
	if !sc.set.shared.opens {
		return "", false
	}
	var x extract
	for _, f := range sc.attached().Files {
		x.file(sc, f)
	}
	if len(x.tools) == 0 {
		return "", false
	}
	switch strings.ToLower(what) {
	case "words":
		return strconv.Itoa(x.words), true
	case "chars":
		return strconv.Itoa(x.chars), true
	case "tools":
		return strings.Join(x.tools, " "), true
	case "types":
		return strings.Join(x.types, " "), true
	case "extensions":
		return strings.Join(x.extensions, " "), true
	case "flags":
		return strings.Join(x.flags, " "), true
	case "uris":
		return strings.Join(x.uris, " "), true
	}
	return "", false
}

// extract gathers the files' values, each once.
type extract struct {
	words, chars                          int
	tools, types, extensions, flags, uris []string
}

// documents are the kinds whose text is read, or missed if there is none.
var documents = []attachment.Kind{attachment.PDF, attachment.OLE, attachment.OOXML, attachment.ODF, attachment.RTF,
	attachment.HTML, attachment.TNEF,
	attachment.Outlook, attachment.Mail}

func (x *extract) file(sc *Scan, f *attachment.File) {
	if f.Text == "" && len(f.Tools) == 0 && !slices.Contains(documents, f.Kind) {
		return
	}
	once := func(list *[]string, value string) {
		if value != "" && !slices.Contains(*list, value) {
			*list = append(*list, value)
		}
	}
	if len(f.Tools) == 0 {
		once(&x.tools, nativeTool)
	}
	for _, t := range f.Tools {
		once(&x.tools, t)
	}
	once(&x.types, sc.msg.Leaves()[f.Leaf].MediaType)
	once(&x.extensions, attachment.Extension(f.Name))
	if strings.TrimSpace(f.Text) == "" {
		once(&x.flags, "NoText")
	}
	if f.Traits.Has(attachment.Code) {
		once(&x.flags, "QR-Code")
	}
	if len(f.Links) > 0 {
		once(&x.flags, "ActionURI")
	}
	for _, l := range f.Links[:min(len(f.Links), 20)] {
		once(&x.uris, l)
	}
	x.chars += len(f.Text)
	x.words += len(strings.Fields(f.Text))
}
