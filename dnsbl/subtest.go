package dnsbl

import (
	"encoding/binary"
	"fmt"
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// subtest reports whether one record of an answer, an address or a text, is what a rule wants.
type subtest func(value string) bool

// any list answer in 127.0.0.0/8, and any text.
func anyAnswer(string) bool { return true }

// network127 is where lists answer (RFC 5782, section 2.1).
var network127 = netip.MustParsePrefix("127.0.0.0/8")

var (
	decimal    = regexp.MustCompile(`^\d+$`)
	dottedQuad = regexp.MustCompile(`^\d+\.\d+\.\d+\.\d+$`)
)

// rblSubtest compiles the sub-test of check_rbl and check_rbl_sub: a bit mask in decimal, an address that must be
// equal, or a regular expression. An empty one passes everything.
func (o *Options) rblSubtest(s string) (subtest, error) {
	switch {
	case s == "":
		return anyAnswer, nil
	case decimal.MatchString(s):
		mask, err := strconv.ParseUint(s, 10, 32)
		if err != nil {
			return nil, fmt.Errorf("bit mask %q is not a number of 32 bits", s)
		}
		return maskTest(uint32(mask)), nil
	case dottedQuad.MatchString(s):
		return func(v string) bool { return v == s }, nil
	default:
		return o.compile(s)
	}
}

// compile compiles a regular expression of a rule.
func (o *Options) compile(pattern string) (subtest, error) {
	if o.Compile != nil {
		return o.Compile(pattern)
	}
	re, err := regexp.Compile(pattern)
	if err != nil {
		return nil, err
	}
	return re.MatchString, nil
}

// maskTest passes addresses in 127.0.0.0/8 that have one of the mask's bits.
func maskTest(mask uint32) subtest {
	return func(v string) bool {
		ip, ok := number(v)
		return ok && ip&mask != 0 && ip>>24 == 127
	}
}

// numberTest compiles the numeric sub-tests of urirhssub, uridnssub and askdns: n (a mask, or an address that must be
// equal), n1-n2 (a range), n/m (equal under a mask), each n decimal, 0x hexadecimal or dotted.
func numberTest(s string) (subtest, error) {
	if a, b, ok := strings.Cut(s, "-"); ok {
		low, ok1 := number(a)
		high, ok2 := number(b)
		if !ok1 || !ok2 || low > high {
			return nil, fmt.Errorf("sub-test %q is not a range of addresses", s)
		}
		return func(v string) bool { n, ok := number(v); return ok && n >= low && n <= high }, nil
	}
	if a, b, ok := strings.Cut(s, "/"); ok {
		want, ok1 := number(a)
		mask, ok2 := number(b)
		if !ok1 || !ok2 {
			return nil, fmt.Errorf("sub-test %q is not an address and a mask", s)
		}
		return func(v string) bool { n, ok := number(v); return ok && n&mask == want&mask }, nil
	}
	n, ok := number(s)
	if !ok {
		return nil, fmt.Errorf("sub-test %q is neither a number nor an address", s)
	}
	if strings.Contains(s, ".") {
		return func(v string) bool { m, ok := number(v); return ok && m == n }, nil
	}
	return maskTest(n), nil
}

// number reads an IPv4 address or a number as 32 bits.
func number(s string) (uint32, bool) {
	if strings.Contains(s, ".") {
		ip, err := netip.ParseAddr(s)
		if err != nil || !ip.Is4() {
			return 0, false
		}
		b := ip.As4()
		return binary.BigEndian.Uint32(b[:]), true
	}
	base := 10
	if h, ok := strings.CutPrefix(strings.ToLower(s), "0x"); ok {
		s, base = h, 16
	}
	n, err := strconv.ParseUint(s, base, 32)
	return uint32(n), err == nil
}
