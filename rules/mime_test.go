package rules

import "testing"

// TestMIMEHeader holds what mimeheader rules see of a part's header.
func TestMIMEHeader(t *testing.T) {
	s, problems := compile(t, `
mimeheader NAME FILENAME =~ /^a\.exe$/m
mimeheader NOT_NAME FILENAME !~ /\.txt$/m
mimeheader RAW Content-Type:raw =~ /^image\/gif;\n\tname/
mimeheader FIELD Content-Disposition =~ /filename\*0/
tflags ALLNAMES concat
mimeheader ALLNAMES FILENAME =~ /^a\.exe\nb\.txt\n/
header WRONG FILENAME =~ /x/
header WRONG2 exists:FILENAME
`)
	if len(problems) != 2 {
		t.Error(problems)
	}
	mail := "Subject: x\nContent-Type: multipart/mixed; boundary=b\n\n--b\nContent-Type: " +
		"image/gif;\n\tname=\"a.exe\"\n\nx\n--b\n" +
		"Content-Disposition: attachment; filename*0=\"b.\"; filename*1=\"txt\"\n\ny\n--b--\n"
	if got := hits(s, mail); got != "NAME NOT_NAME RAW FIELD ALLNAMES" {
		t.Error(got)
	}
	if got := hits(s, "Subject: x\nFilename: a.exe\n\nbody\n"); got != "NOT_NAME" {
		t.Error(got)
	}
}

// TestHTMLEmbeds holds that embeds are <embed> and <object>, as SpamAssassin has it.
func TestHTMLEmbeds(t *testing.T) {
	s, _ := compile(t, "body EMBEDS eval:html_test('embeds')\n")
	for source, want := range map[string]string{"<embed src=x>": "EMBEDS", "<ObjecT><select>": "EMBEDS", "<p>object": ""} {
		if got := hits(s, "Subject: x\nContent-Type: text/html\n\n<body>"+source); got != want {
			t.Errorf("%s: %q", source, got)
		}
	}
}
