package classifier_test

import (
	"context"
	"fmt"

	"asterism/classifier"
	"asterism/config"
	"asterism/rules"
)

// A classifier of two rules, without a learner and the network. Package engine puts together the one that a
// configuration
// describes.
func ExampleClassifier_Check() {
	cfg, _ := config.Load(config.Sources{})
	cfg.Parse("local.cf", []byte("body PILLS /cheap pills/i\nscore PILLS 4.2\n"+
		"header NO_ID Message-ID !~ /./\nscore NO_ID 1.1\n"))
	set, _ := rules.Compile(cfg, nil)
	c := classifier.New(classifier.Options{Required: 5, Rules: set})
	defer c.Close()
	v, err := c.Check(context.Background(), &classifier.Input{Raw: []byte("Subject: hi\n\nCheap pills!\n")})
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Printf("%.1f of %.1f\n", v.Score, v.Required)
	for _, h := range v.Hits {
		fmt.Println(h.Name, h.Score)
	}
	// Output:
	// 5.3 of 5.0
	// PILLS 4.2
	// NO_ID 1.1
}
