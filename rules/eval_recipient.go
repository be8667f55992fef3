package rules

import (
	"strings"
	"unicode/utf8"
)

// madeOfRecipient reports whether an address of user@domain is built into a sender: "domain-user@" or "user.domain@".
// All are in lower case.
func madeOfRecipient(from, user, domain string) bool {
	endsWithDomain := func(before string) bool {
		rest, ok := strings.CutSuffix(before, domain)
		return ok && wordBoundary(from, len(rest))
	}
	return anyCut(from, user+"@", func(before, _ string) bool {
		last, size := utf8.DecodeLastRuneInString(before)
		between := size > 0 && !isLetterOrDigit(last) && !strings.ContainsRune(" \t\n\f\r", last)
		return endsWithDomain(before) || between && endsWithDomain(before[:len(before)-size])
	}) || anyCut(from, user+"."+domain+"@", func(before, _ string) bool {
		return wordBoundary(from, len(before))
	})
}

// quotedNameBefore reports whether a quoted name that is not empty stands before <address>.
func quotedNameBefore(from, address string) bool {
	return anyCut(from, "<"+address+">", func(before, _ string) bool {
		name, quoted := strings.CutSuffix(strings.TrimRight(before, " \t\n\f\r"), `"`)
		open := strings.LastIndexByte(name, '"')
		return quoted && open >= 0 && open < len(name)-1
	})
}

// anyCut reports whether ok accepts the text before and after some occurrence of word.
func anyCut(text, word string, ok func(before, after string) bool) bool {
	for from := 0; ; from++ {
		i := strings.Index(text[from:], word)
		if i < 0 {
			return false
		}
		from += i
		if ok(text[:from], text[from+len(word):]) {
			return true
		}
	}
}

// wordBoundary reports whether \b matches at i.
func wordBoundary(s string, i int) bool {
	word := func(i int) bool {
		return i >= 0 && i < len(s) && (s[i] == '_' || isLetterOrDigit(rune(s[i]|0x20)) || isDigit(s[i]))
	}
	return word(i-1) != word(i)
}
