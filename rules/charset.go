package rules

import (
	"slices"
	"strings"
)

// locales are character sets by the locale that uses them, as ok_locales names it. All others are western.
var locales = map[string][]string{
	"ja": {"iso-2022-jp", "euc-jp", "shift_jis", "shift-jis", "sjis", "x-sjis", "eucjp"},
	"ko": {"euc-kr", "ks_c_5601-1987", "ks_c_5601", "iso-2022-kr", "ksc5601", "euckr"},
	"ru": {"koi8-r", "koi8-u", "windows-1251", "iso-8859-5", "cp1251", "iso-ir-111", "cp866", "koi8"},
	"th": {"tis-620", "windows-874", "iso-8859-11"},
	"zh": {"gb2312", "gbk", "gb18030", "big5", "hz-gb-2312", "euc-cn", "euc-tw", "chinesebig5", "gb1988", "chinesebig"},
}

// readsAll reports whether no character set is of a language that the user does not read.
func (sc *Scan) readsAll() bool {
	ok := sc.set.cfg.OKLocales
	return len(ok) == 0 || slices.Contains(ok, "all")
}

// farawayCharset reports whether a character set is of a language that the user does not read, by ok_locales.
func (sc *Scan) farawayCharset(charset string) bool {
	if sc.readsAll() {
		return false
	}
	ok := sc.set.cfg.OKLocales
	charset = strings.ToLower(charset)
	for locale, sets := range locales {
		if slices.Contains(sets, charset) {
			return !slices.Contains(ok, locale)
		}
	}
	return false
}
