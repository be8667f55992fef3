package attachment

import (
	"math/bits"
	"strings"
)

// Trait is a set of special traits of a file.
type Trait uint64

// The traits. Rules and options write them as traitNames has them.
const (
	Encrypted  Trait = 1 << iota // cannot be opened without a password
	Broken                       // cut off, or against its format
	Bomb                         // unpacks to far more than it should
	Unread                       // more than is opened: too deep, too many, too large, too slow
	DoubleName                   // two extensions, the last one dangerous: invoice.pdf.exe
	Disguised                    // a program, script or archive under the name of something else
	BadName                      // an extension of bad_filename_exts
	Macro                        // holds macros
	AutoRun                      // whose macros or scripts run when it is opened
	Suspicious                   // whose macros or scripts call programs or the network
	Template                     // loads a document or template from elsewhere when it is opened
	DDE                          // has a field that runs a program
	Embedded                     // holds an OLE object
	Equation                     // for the equation editor, whose holes are known
	JavaScript                   // holds JavaScript
	Launch                       // starts a program, or opens a file
	Form                         // has a form to fill in
	Password                     // the form has a password field
	Smuggling                    // a page that puts a file together in the reader's browser
	Redirect                     // a page that goes elsewhere by itself
	Code                         // a picture of a QR code
	Pixel                        // a picture of one pixel

	numTraits = iota
)

var traitNames = [numTraits]string{"encrypted", "broken", "bomb", "unread", "double_name", "disguised", "bad_name",
	"macro",
	"autorun", "suspicious", "template", "dde", "embedded", "equation", "javascript", "launch", "form", "password",
	"smuggling",
	"redirect", "qr", "pixel"}

// Has reports whether all traits of another set are in this one.
func (t Trait) Has(other Trait) bool { return t&other == other }

// String returns the traits' names, with a comma between them.
func (t Trait) String() string {
	names := make([]string, 0, bits.OnesCount64(uint64(t)))
	for ; t != 0; t &= t - 1 {
		names = append(names, traitNames[bits.TrailingZeros64(uint64(t))])
	}
	return strings.Join(names, ",")
}

// traitNamed returns the trait of a name.
func traitNamed(name string) (Trait, bool) {
	for i, n := range traitNames {
		if n == name {
			return 1 << i, true
		}
	}
	return 0, false
}
