package milter_test

import (
	"context"
	"log"
	"net"

	"asterism/classifier"
	"asterism/milter"
)

// greeting finds every message harmless.
type greeting struct{}

func (greeting) Check(context.Context, *classifier.Input) (*classifier.Verdict, error) {
	return &classifier.Verdict{Required: 5}, nil
}

// A milter that adds its header to every message below 100 KB. The MTA connects to inet:8891@127.0.0.1.
func ExampleServer_Serve() {
	ln, err := net.Listen("tcp", "127.0.0.1:8891")
	if err != nil {
		log.Fatal(err)
	}
	s := milter.New(milter.Options{Checker: greeting{}, Settings: milter.Settings{MaxSize: 100 << 10}})
	log.Fatal(s.Serve(ln))
}
