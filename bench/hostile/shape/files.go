package shape

import (
	"encoding/base64"

	"asterism/attachment/hostiletest"
)

// files attaches the files of package hostiletest: counts that no octets pay for, and references that share what is
// expensive to read.
func files() []Shape {
	var list []Shape
	for _, f := range hostiletest.All() {
		head := header() + "Content-Type: application/octet-stream; name=\"" + f.Name +
			"\"\nContent-Transfer-Encoding: base64\n\n"
		list = append(list, Shape{Name: "file " + f.Name, Build: func(size int) []byte {
			content := f.Build((size - len(head)) / 4 * 3)
			return append([]byte(head), base64.StdEncoding.EncodeToString(content)...)
		}})
	}
	return list
}
