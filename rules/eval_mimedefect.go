package rules

import (
	"bytes"
	"strings"

	"asterism/message"
)

func (sc *Scan) hasDefect(d message.Defect) bool {
	for _, have := range sc.msg.Defects() {
		if have == d {
			return true
		}
	}
	return false
}

// checkParseFlags is check_msg_parse_flags('flag'): what is broken in the message's form.
func checkParseFlags(sc *Scan, args []string) int {
	if len(args) == 0 {
		return 0
	}
	switch args[0] {
	case "missing_head_body_separator":
		return truth(sc.hasDefect(message.DefectMissingSeparator))
	case "missing_mime_head_body_separator":
		return truth(sc.hasDefect(message.DefectMissingPartHeader))
	case "missing_mime_headers":
		return truth(sc.partWithoutHeader())
	case "truncated_header":
		return truth(sc.longHeader())
	case "mime_epilogue_exists":
		return truth(sc.epilogue())
	}
	return 0
}

// checkDefect is check_defect('NAME', …): the message has one of the defects that package message finds.
func checkDefect(sc *Scan, args []string) int {
	for _, name := range args {
		if d, ok := message.DefectNamed(name); ok && sc.hasDefect(d) {
			return 1
		}
	}
	return 0
}

// partWithoutHeader says whether a part of a multipart has not one header field.
func (sc *Scan) partWithoutHeader() bool {
	found := false
	walk(sc.msg.Root(), func(p *message.Part) {
		if p.Parent != nil && strings.HasPrefix(p.Parent.MediaType, "multipart/") && len(p.Header.Fields()) == 0 &&
			len(p.Raw()) < len(p.Parent.Body()) || endsOpen(p) { // what is all of the body was never a part
			found = true
		}
	})
	return found
}

// endsOpen reports whether a multipart ends with a delimiter after which nothing but blank lines come, one at least.
func endsOpen(p *message.Part) bool {
	boundary := p.Params["boundary"]
	if boundary == "" || !strings.HasPrefix(p.MediaType, "multipart/") {
		return false
	}
	rest := p.Body()[len(bytes.TrimRight(p.Body(), " \t\r\n")):]
	return bytes.IndexByte(rest, '\n') >= 0 && bytes.IndexByte(rest, '\n') < len(rest)-1 &&
		bytes.HasSuffix(p.Body()[:len(p.Body())-len(rest)], []byte("\n--"+boundary))
}

// maxHeaderBytes is the size from which on SpamAssassin cuts a field's value.
const maxHeaderBytes = 20_000

func (sc *Scan) longHeader() bool {
	for i := range sc.msg.Header().Fields() {
		if len(sc.msg.Header().Fields()[i].Raw()) > maxHeaderBytes {
			return true
		}
	}
	return false
}

// epilogue says whether there is text behind the last delimiter of the outermost multipart.
func (sc *Scan) epilogue() bool {
	root := sc.msg.Root()
	boundary := root.Params["boundary"]
	if boundary == "" || !strings.HasPrefix(root.MediaType, "multipart/") {
		return false
	}
	end := []byte("\n--" + boundary + "--")
	i := bytes.Index(root.Body(), end)
	return i >= 0 && len(bytes.TrimSpace(root.Body()[i+len(end):])) > 0
}
