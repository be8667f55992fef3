package resolver

import (
	"context"
	"errors"
	"net"
	"net/netip"

	"github.com/miekg/dns"

	"asterism/contain"
)

// The methods below have the shape of net.Resolver's, for libraries that take one. Their errors are *net.DNSError,
// whose IsNotFound and IsTemporary libraries look at.

// LookupTXT returns the texts under a name, each joined of its strings.
func (r *Resolver) LookupTXT(ctx context.Context, name string) ([]string, error) {
	a, err := r.find(ctx, name, dns.TypeTXT)
	if err != nil {
		return nil, err
	}
	return a.TXT(), nil
}

// LookupMX returns a domain's mail exchangers in the order of the reply.
func (r *Resolver) LookupMX(ctx context.Context, name string) ([]*net.MX, error) {
	a, err := r.find(ctx, name, dns.TypeMX)
	if err != nil {
		return nil, err
	}
	var mxs []*net.MX
	for _, rr := range a.Records {
		if mx, ok := rr.(*dns.MX); ok {
			mxs = append(mxs, &net.MX{Host: mx.Mx, Pref: mx.Preference})
		}
	}
	return mxs, nil
}

// LookupNS returns the names of a domain's name servers.
func (r *Resolver) LookupNS(ctx context.Context, name string) ([]string, error) {
	a, err := r.find(ctx, name, dns.TypeNS)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, rr := range a.Records {
		if ns, ok := rr.(*dns.NS); ok {
			names = append(names, ns.Ns)
		}
	}
	return names, nil
}

// LookupIPAddr returns a host's IPv4 and IPv6 addresses. Both queries are sent at the same time. A failure of one is an
// error only if the other has no address.
func (r *Resolver) LookupIPAddr(ctx context.Context, host string) ([]net.IPAddr, error) {
	var six *Answer
	var err6 error
	var other contain.Group
	other.Go(func() { six, err6 = r.find(ctx, host, dns.TypeAAAA) })
	four, err4 := r.find(ctx, host, dns.TypeA)
	other.Wait()
	var addrs []net.IPAddr
	for _, a := range []*Answer{four, six} {
		if a == nil {
			continue
		}
		for _, ip := range a.Addrs() {
			addrs = append(addrs, net.IPAddr{IP: ip.AsSlice()})
		}
	}
	if len(addrs) > 0 {
		return addrs, nil
	}
	var de *net.DNSError
	if errors.As(err6, &de) && !de.IsNotFound {
		return nil, err6
	}
	if err4 == nil {
		err4 = &net.DNSError{Err: "no such record", Name: host, IsNotFound: true}
	}
	return nil, err4
}

// LookupAddr returns the host names of an address.
func (r *Resolver) LookupAddr(ctx context.Context, addr string) ([]string, error) {
	ip, err := netip.ParseAddr(addr)
	if err != nil {
		return nil, &net.DNSError{Err: "not an IP address", Name: addr}
	}
	name, err := dns.ReverseAddr(ip.Unmap().WithZone("").String())
	if err != nil {
		return nil, &net.DNSError{Err: err.Error(), Name: addr}
	}
	a, err := r.find(ctx, name, dns.TypePTR)
	if err != nil {
		return nil, err
	}
	var names []string
	for _, rr := range a.Records {
		if ptr, ok := rr.(*dns.PTR); ok {
			names = append(names, ptr.Ptr)
		}
	}
	return names, nil
}

// find is Lookup with net.Resolver's idea of errors: no records is one.
func (r *Resolver) find(ctx context.Context, name string, qtype uint16) (*Answer, error) {
	a, err := r.Lookup(ctx, name, qtype)
	if err != nil {
		de := &net.DNSError{Err: err.Error(), Name: name, IsTemporary: true}
		var re *Error
		if errors.As(err, &re) {
			de.Server, de.IsTimeout, de.IsTemporary = re.Server, re.Timeout(), re.Temporary()
			de.IsNotFound = !de.IsTemporary // a name that cannot be asked for does not exist
		} else if errors.Is(err, context.DeadlineExceeded) {
			de.IsTimeout = true
		}
		return nil, de
	}
	if len(a.Records) == 0 {
		return nil, &net.DNSError{Err: "no such record", Name: name, IsNotFound: true}
	}
	return a, nil
}
