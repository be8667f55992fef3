package literal

import (
	"math"
	"strings"
	"sync"
)

// kinds of bytes: letters, white space, digits, some punctuation, the rest, bytes beyond ASCII.
const (
	space  = 26
	digit  = 27
	marks  = "./-<=:" // 28 to 33; ">" is as "<"
	other  = 34
	beyond = 35
)

// alone is how rare a byte of each kind is in mails, in quarters of a bit from '0' on: -log2 of its share.
const alone = "BIEE@GHFBRNDFCBGUCBAHMJOKR;LFJHIJJ[L"

// pairs is, for each kind of byte, how rare those of each kind are behind it. The figures are those of the SpamAssassin
// project's public corpus of ham and spam, except for bytes beyond
// ASCII, of which mail has more today.
var pairs = [...]string{
	"NEBCTOEM?XL<B<UGZ?>>FHPTGNBVHUSNS]aL",
	"BLMO;RFVCCV>KM=VY>>OASXY=[IQGUSEO`eL",
	"=QFM:QT?D[BCSJ8PYCL@GWV]N\\ISGVV_FQeL",
	"APOF<TQL?XXNFKBW\\GFAHOS[I\\9RHTHGI@WL",
	"DKB?FFMVC]SCG?OHN<??VJLFM[;ZEQIMDF`L",
	"ASNSA?XY@][LSY7VZ;REI\\SZRZ>RNYKZE^[L",
	"DRFU;VN>@[XFFADO[BHOHZK\\OW8RHLIGEI^L",
	"=YVU8YY[?\\ZSKH<OUBR<G^Z]O[=[JWJ[BKdL",
	"EIA@EEB]O\\P?C8BJTG=>TA_K_FHaRUUTXgeL",
	"=PNO9PPMHOMK8P@FQQLP9RORSRRRP\\S[WlfL",
	"ENOR:SGJ@QRIKEJQIL@DLURVLV:SAG@JLTVL",
	"?QRF<QTC:ZJ?IS<H_TFDDKV[C\\>\\DOJRSS^L",
	"8JRR<UGI?][HIVADYTECIZXPK\\;\\JBHIWJ\\L",
	"DHC?<I>WGYIIRLAQ\\XB:FNWXK[=^CMGTGJ[L",
	"PKCGRDISOYMC;;GE`:AC?JFSUWAbLNO_UFiL",
	";WQK>XMDF\\W?CW?F[>GDEZWPN[=XJUOHQ>ZL",
	"JPKNLKMNLLLIBNOI=ONM5MLMNMIPAXHV>UbL",
	"ATDE9TAW?\\DKHH=G]JAEJLT_I_=^IUJFDK`L",
	"BXFS>KWD?^PJEQB@YJ?;BVN]NV;^BJISPM]L",
	"BTME>MX;@b\\MIM?BcCGBGYO[G];]BKFIFK\\L",
	"F?EI@Q?XF[O>F>KC^;<?ZX[EPYB^IVWSYf`L",
	"=TNN3UVV=UUPSUETUTLTQWVSSWHTLUPMOTgL",
	"?WTU<US@8ZVOVD@VXHCSVX;[VYAY?VJZUWcL",
	"ASGN:PTQDVTP@SPCSSR=PRSJPU@P=Q;XRRWL",
	"FNPOFQUWKWXFMJ;BYMDJTYM[@X5YDQFLMGYL",
	"ESQB7USQESQ@OQ>RSOPIPTRRO7JSETL[P[\\L",
	"BDDGGCKFCLSGEJEGVFBALNCNJY7OYWKEO\\[L",
	"ONLCMMYYVXWXVVXQXWWWYYZXZ[<A=JJOKBXL",
	"JN;LKLEJFPTHK?@JYMACMTOPQO=DFcbQZafL",
	"A@BGH>MGCTYBEKMBYGD<LT?I[[HM\\;XMYibL",
	"AHJEIISKEURFDMLDYEB@EGJWUIBI`[6NLniL",
	"F@LMOBSGEHXOGSOG[LJ@SXPaUS8VV;Z>McZL",
	"HGHKMLZLTYcTUV]V[RKOHVYe_a?Cn^J\\=iPL",
	"UXUXRI^WV^eYXS]WiLOTZX[[c]4D`;WS_QhL",
	"ILIMIFQEILWDJGTIOLCIPMPLS\\7IRUMETXSL",
	"JONPNPOOGMUMJJKPRMHIROORQS>TKYZPj[^D",
}

// kindOf is the kind of each byte; capitals are among other.
var kindOf = func() (kinds [256]uint8) {
	for c := range kinds {
		kinds[c] = uint8(findKind(byte(c)))
	}
	return kinds
}()

func findKind(c byte) int {
	switch {
	case 'a' <= c && c <= 'z':
		return int(c - 'a')
	case c == ' ' || '\t' <= c && c <= '\r':
		return space
	case '0' <= c && c <= '9':
		return digit
	case c >= 0x80:
		return beyond
	case c == '>':
		c = '<'
	}
	if i := strings.IndexByte(marks, c); i >= 0 {
		return digit + 1 + i
	}
	return other
}

// rarity tells how rare a string in lower case is, in quarters of a bit.
func rarity(s string) int {
	last := kindOf[s[0]]
	sum := int(alone[last] - '0')
	for i := 1; i < len(s); i++ {
		k := kindOf[s[i]]
		sum += int(pairs[last][k] - '0')
		last = k
	}
	return sum
}

// exp2 returns 2 to the power of minus n quarters or fifths.
func exp2(n int, fractions []float64) float64 {
	return math.Ldexp(fractions[n%len(fractions)], -(n / len(fractions)))
}

// Powers of two, of minus 0, 1, 2 … quarters and fifths.
var (
	quarters = []float64{1, math.Exp2(-1. / 4), math.Exp2(-2. / 4), math.Exp2(-3. / 4)}
	fifths   = []float64{1, math.Exp2(-1. / 5), math.Exp2(-2. / 5), math.Exp2(-3. / 5), math.Exp2(-4. / 5)}
)

// Rate estimates how often one of some strings occurs, per byte of mail. Letters depend on more than the one before,
// so that long strings are not as rare as their pairs are together, four fifths of that, and those in frequent words
// are not rare at all; each string costs a little, too. Rates above Often are not computed to the end.
func Rate(list []string) float64 {
	sum := 0.0
	for _, s := range list {
		rate := max(wordRate(s), exp2(rarity(s), fifths))
		if rate < frequentRate {
			if from, to := frequent().of(s); from < to {
				rate = frequentRate
			}
		}
		if sum += rate + 2e-7; sum > Often {
			break
		}
	}
	return sum
}

// Often is a rate that is too high to be of use.
const Often = 1.0 / 40

// frequent are texts that mails are full of.
var frequent = sync.OnceValue(func() *suffixes {
	return newSuffixes(strings.Join([]string{"https://www.", "mailto:", ".com",
		"[ ip= rdns= helo= by= ident= envfrom= intl=0 id= auth= msa=0 ]",
		"content-type: text/plain; charset=", "content-transfer-encoding: ", "received: from ", "message-id: <",
		"mime-version: 1.0"}, "\x00"))
})

// frequentRate is how often they occur, per byte of mail.
const frequentRate = 1.0 / 200
