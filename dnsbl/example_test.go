package dnsbl_test

import (
	"context"
	"fmt"
	"net/netip"
	"time"

	"asterism/dnsbl"
	"asterism/dnsbl/resolver"
)

// One rule asks a list for the relay that delivered.
func ExampleChecks_Start() {
	res, err := resolver.New(resolver.Options{Servers: []string{"192.0.2.53"}})
	if err != nil {
		fmt.Println(err)
		return
	}
	defer res.Close()
	checks, problems := dnsbl.New(dnsbl.Options{Resolver: res}, []dnsbl.Rule{
		{Name: "RCVD_IN_EXAMPLE", Kind: "header", Func: "check_rbl", Args: []string{"example-lastexternal",
			"dnsbl.example."}},
	})
	defer checks.Close()
	for _, p := range problems {
		fmt.Println(p.Rule, p.Text)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	relays := []netip.Addr{netip.MustParseAddr("198.51.100.7")}
	results := checks.Start(ctx, &dnsbl.Query{Untrusted: relays, External: relays}).Wait()
	for rule, answer := range results.Hits {
		fmt.Println(rule, answer)
	}
}
