package message

// HTML is a document as a reader sees it, with its hidden parts.
type HTML struct {
	Title  string
	Text   string // visible text: white space collapsed, blocks on lines of their own, zero-width characters removed
	Hidden string // text that is there but cannot be seen
	Base   string // href of the first <base>, "" if there is none

	Links     []Link
	Images    []Image
	Forms     []Form
	Resources []string // other resources to load: frames, scripts, style sheets, <meta> refreshes
	Tags      []Tag    // in order of first appearance

	Comments  int  // comments, conditional ones among them
	ZeroWidth int  // characters without width, and marks of writing direction, in the visible text
	Handlers  int  // attributes that run a script: onclick, onload, …
	MaxDepth  int  // deepest nesting of elements, at most 256
	Truncated bool // too large or too hostile to be read to its end

	tokens htmlTokens
}

// Link is an <a> or <area> with a destination.
type Link struct {
	URL    string // href as written, entities decoded
	Text   string // text inside, white space collapsed
	Image  bool   // there is an image inside, or it is an area of one
	Hidden bool   // a reader cannot see it
}

// Image is an <img>, or the background of another element.
type Image struct {
	URL           string
	Alt           string
	Width, Height int  // in pixels; -1 where not given in pixels
	Background    bool // of another element
}

// Form is a <form>.
type Form struct {
	Action   string // as written
	Fields   int    // <input>, <textarea> and <select> inside, hidden ones apart
	Password bool   // has a password field
}

// Tag counts the tags of one element.
type Tag struct {
	Name        string // in lower case
	Open, Close int    // start and end tags
}

// Tag returns how often the element name (lower case) was opened and closed.
func (h *HTML) Tag(name string) Tag {
	for _, t := range h.Tags {
		if t.Name == name {
			return t
		}
	}
	return Tag{Name: name}
}
