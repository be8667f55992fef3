package tokenizer

import (
	"slices"
	"strings"

	"asterism/attachment"
	"asterism/message"
)

// Bounds on the body. The decisive words are mostly at the beginning. Since spammers may hide them elsewhere, the
// middle and the end of a long text are read as well.
const (
	maxLeaves    = 30
	maxText      = 8000 // octets of a leaf's text
	maxBodyWords = 600  // words of a leaf, repeated ones included
	maxHidden    = 100  // hidden words of a leaf
	maxURIs      = 60
	maxPathWords = 12
	forLinks     = 200 // tokens of the body that leaves leave to links, and to defects; see spare
)

// readBody adds the tokens of the mail's parts and URIs.
func (s *scan) readBody(m *message.Message) {
	s.structure(m.Root())
	inside := attachment.Of(m)
	s.spare = forLinks
	if len(inside.Files) > 0 {
		s.spare += forInside
	}
	leaves := chosenLeaves(m.Leaves())
	texts := 0
	for _, leaf := range leaves {
		if leaf.IsText() {
			texts++
		}
	}
	for _, leaf := range leaves {
		if m.Late() {
			break
		}
		s.leaf(leaf, max(1, texts))
		if leaf.IsText() {
			texts--
		}
	}
	uris := m.URIs()
	s.addCount(s.prefix(kindLink, ""), "uris", len(uris))
	for _, u := range pickURIs(uris) {
		s.uri(u)
	}
	s.readInside(inside)
}

// pickURIs returns the URIs that are learned: where there are too many, those that a reader can see go before others,
// the first of each host before the next, and the first half and the last half of these before what is between.
func pickURIs(uris []message.URI) []*message.URI {
	all := make([]*message.URI, len(uris))
	for i := range uris {
		all[i] = &uris[i]
	}
	if len(all) <= maxURIs {
		return all
	}
	hosts := make(map[string]bool, len(all))
	rank := func(u *message.URI) int {
		r := 0
		if hosts[u.Host] {
			r++
		}
		if u.Unseen || u.Source != message.SourceLink && u.Source != message.SourceText {
			return r + 2
		}
		hosts[u.Host] = true
		return r
	}
	var ranked [4][]*message.URI
	for _, u := range all {
		r := rank(u)
		ranked[r] = append(ranked[r], u)
	}
	all = all[:0]
	for _, same := range ranked {
		if room := maxURIs - len(all); len(same) > room {
			same = append(same[:room/2:room/2], same[len(same)-(room-room/2):]...)
		}
		all = append(all, same...)
	}
	return all
}

// chosenLeaves returns the leaves that are read: if there are too many, the first, the last, and of the others the
// largest, in order.
func chosenLeaves(leaves []*message.Part) []*message.Part {
	if len(leaves) <= maxLeaves {
		return leaves
	}
	const ends = maxLeaves / 5
	middle := slices.Clone(leaves[ends : len(leaves)-ends])
	place := make(map[*message.Part]int, len(leaves))
	for i, p := range leaves {
		place[p] = i
	}
	slices.SortStableFunc(middle, func(a, b *message.Part) int { return textSize(b) - textSize(a) })
	middle = middle[:maxLeaves-2*ends]
	slices.SortFunc(middle, func(a, b *message.Part) int { return place[a] - place[b] })
	return slices.Concat(leaves[:ends], middle, leaves[len(leaves)-ends:])
}

// textSize returns how much there is to read in a leaf, in octets as they were sent.
func textSize(p *message.Part) int {
	if !p.IsText() {
		return 0
	}
	return len(p.Body())
}

// structure adds the mail's tree of media types as one token, such as "multipart/alternative(text/plain text/html)".
func (s *scan) structure(root *message.Part) {
	const maxTree = 300
	b := appendTree(s.scratch[:0], root, maxTree)
	s.scratch = b
	s.addBytes(s.prefix(kindMIME, ""), b)
}

func appendTree(b []byte, p *message.Part, limit int) []byte {
	b = append(b, p.MediaType...)
	if len(p.Children) > 0 && len(b) < limit {
		b = append(b, '(')
		for _, c := range p.Children {
			if len(b) >= limit {
				break
			}
			b = append(appendTree(b, c, limit), ' ')
		}
		b = append(b, ')')
	}
	return b
}

// leaf adds what a part says of itself, and its text, which shares what room there is with that of so many leaves, it
// included.
func (s *scan) leaf(p *message.Part, texts int) {
	mime := s.prefix(kindMIME, "")
	s.add(mime, p.MediaType)
	s.add(mime, p.Encoding)
	if p.Charset != "" {
		s.add(mime, p.Charset)
	}
	if p.Disposition != "" {
		s.add(mime, p.Disposition)
	}
	if dot := strings.LastIndexByte(p.Filename, '.'); dot >= 0 && len(p.Filename)-dot < maxWord {
		s.addBytes(mime, s.lower(p.Filename[dot:]))
	}
	if !p.IsText() {
		return
	}
	word, long := s.prefix(kindWord, ""), s.prefix(kindLong, "")
	if html := p.HTML(); html != nil {
		s.html(html)
		s.addText(word, long, html.Title, min(maxWords, s.room(4*texts)))
		s.addText(s.prefix(kindHidden, ""), long, cut(html.Hidden, maxText), min(maxHidden, s.room(4*texts)))
	}
	text := p.Visible()
	s.addCount(mime, "text", len(text))
	s.addSpread(word, long, text, min(maxBodyWords, s.room(texts)))
}

// room returns how many tokens each of so many leaves may add.
func (s *scan) room(leaves int) int { return max(0, maxBlock-s.spare-len(*s.block)) / leaves }

// pieces is where words of a text are read that is longer than fits, behind its beginning: of maxBodyWords so many,
// around which part of the text. With half of all for the beginning they are as many words as of other texts.
var pieces = []struct{ words, part, of int }{{40, 1, 4}, {100, 1, 2}, {40, 3, 4}, {120, 1, 1}}

// addSpread adds up to limit words of a text: all, or those of its beginning, middle, end and quarters.
func (s *scan) addSpread(p, long prefix, text string, limit int) {
	head := limit
	if len(text) > limit*usualWord {
		head /= 2
	}
	end := s.addText(p, long, cut(text, maxText), head)
	if end == len(text) {
		return
	}
	for _, piece := range pieces {
		words := limit * piece.words / maxBodyWords
		size := words * usualWord
		start := max(end, min(len(text)/piece.of*piece.part-size/2, len(text)-size))
		end = start + s.addText(p, long, cut(text[start:], maxText), words)
	}
}

func cut(s string, n int) string {
	if len(s) > n {
		return s[:n]
	}
	return s
}

// html adds the outline of a document.
func (s *scan) html(h *message.HTML) {
	p := s.prefix(kindHTML, "")
	tags := 0
	for i := range h.Tags {
		tags += h.Tags[i].Open
	}
	s.addCount(p, "tags", tags)
	s.addCount(p, "links", len(h.Links))
	s.addCount(p, "images", len(h.Images))
	s.addCount(p, "comments", h.Comments)
	s.addCount(p, "hidden", len(h.Hidden))
	if len(h.Forms) > 0 {
		s.add(p, "form")
	}
	if h.ZeroWidth > 0 {
		s.add(p, "zero-width")
	}
	if h.Truncated {
		s.add(p, "truncated")
	}
}

// uri adds a URI's host and the domains above it, the words of its path, and what is odd about it.
func (s *scan) uri(u *message.URI) {
	link := s.prefix(kindLink, "")
	s.addPair(link, u.Source.String(), u.Scheme)
	if u.Host == "" {
		return
	}
	if u.IP.IsValid() {
		s.add(link, "address")
		s.add(s.prefix(kindHost, ""), u.Host)
	} else {
		s.addDomains(s.prefix(kindHost, ""), u.Host)
	}
	if u.Port != "" {
		s.add(s.prefix(kindLink, "port"), u.Port)
	}
	if u.UserInfo {
		s.add(link, "user")
	}
	if u.Obscured {
		s.add(link, "obscured")
	}
	path := pathOf(u.URL)
	s.addShape(s.prefix(kindLink, "path"), path)
	p := s.prefix(kindPath, "")
	for i, n := 0, 0; n < maxPathWords; n++ {
		start, end := nextWord(path, i, inText, inText)
		if start == len(path) {
			return
		}
		if end-start <= maxWord/2 {
			s.add(p, path[start:end])
		}
		i = end
	}
}

// pathOf returns the rest after the host in a URL, of a mailto the address and the rest.
func pathOf(url string) string {
	if i := strings.Index(url, "://"); i >= 0 {
		url = url[i+3:]
		if i = strings.IndexAny(url, "/?#"); i >= 0 {
			return url[i:]
		}
		return ""
	}
	return url[strings.IndexByte(url, ':')+1:]
}
