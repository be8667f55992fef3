package tokenizer_test

import (
	"fmt"

	"asterism/message"
	"asterism/tokenizer"
)

func ExampleTokenizer_Explain() {
	t := tokenizer.New(tokenizer.Options{IgnoreHeaders: []string{"X-Scanned-By"}}, 1)
	_, body := t.Explain(message.Parse([]byte("Subject: lunch\nX-Scanned-By: mx\n\nLunch at noon?\n")))
	for _, token := range body {
		fmt.Println(token.Text)
	}
	// Output:
	// word:lunch
	// mime:text/plain
	// mime:7bit
	// mime:text=8
	// word:Lunch
	// word:at
	// word:noon
	// link:uris=0
}
