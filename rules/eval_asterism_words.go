package rules

import (
	"crypto/sha256"
	"math/big"
	"strings"
)

// checkPhoneNumber is check_phone_number(): the text holds a telephone number as North Americans write it, ten digits
// with or without the 1 of the country, in groups of three, three and four. Letters that pass for digits count as
// digits, and any marks may stand between the groups.
func checkPhoneNumber(sc *Scan, _ []string) int {
	for _, t := range sc.bodyTexts() {
		if hasPhoneNumber(t.String()) {
			return 1
		}
	}
	return 0
}

func hasPhoneNumber(text string) bool {
	var groups [4]int // digits of the groups so far, the last one last
	digits, sure, gap := 0, 0, 0
	idle := true // no group yet
	for i := 0; i <= len(text); i++ {
		for idle && i < len(text) && !isDigit(text[i]) {
			i++
		}
		idle = false
		c := byte(0)
		if i < len(text) {
			c = text[i]
		}
		switch {
		case isDigit(c) || digits > 0 && (c == 'O' || c == 'l' || c == 'I'):
			digits++
			if isDigit(c) {
				sure++
			}
			gap = 0
		case digits > 0:
			copy(groups[:], groups[1:])
			groups[3], digits, gap = digits, 0, 1
			if !isPhoneMark(c) {
				if isPhone(groups, sure) {
					return true
				}
				groups, sure, idle = [4]int{}, 0, true
			}
		default:
			if gap++; gap > 5 || !isPhoneMark(c) {
				if isPhone(groups, sure) {
					return true
				}
				groups, sure, idle = [4]int{}, 0, true
			}
		}
	}
	return false
}

func isPhoneMark(c byte) bool { return strings.IndexByte(" -.()[]{}_*~+/", c) >= 0 }

func isPhone(groups [4]int, sure int) bool {
	country := groups[0] == 0 || groups[0] == 1
	return country && groups[1] == 3 && groups[2] == 3 && groups[3] == 4 && sure >= 7
}

// checkWalletAddress is check_wallet_address(): the text holds the address of a wallet for coins whose check digits are
// right: Bitcoin's and Litecoin's Base58Check and Bech32, Tron's Base58Check, or what has the form of Ethereum's.
func checkWalletAddress(sc *Scan, _ []string) int {
	for _, t := range sc.bodyTexts() {
		if hasWallet(t.String()) {
			return 1
		}
	}
	return 0
}

const shortestWallet, longestWallet = 26, 64

// hasWallet looks at words of letters and digits. Most texts have no word that is long enough: looking back from
// where one would have to reach finds its end soon.
func hasWallet(text string) bool {
	for start := 0; start+shortestWallet <= len(text); {
		end := start + shortestWallet
		at := end - 1
		for at >= start && isAlnum(text[at]) {
			at--
		}
		if at >= start {
			start = at + 1
			continue
		}
		for end < len(text) && isAlnum(text[end]) {
			end++
		}
		if end-start <= longestWallet && isWallet(text[start:end]) {
			return true
		}
		start = end + 1
	}
	return false
}

func isWallet(word string) bool {
	switch word[0] {
	case '1', '3', 'L', 'M', 'T':
		return len(word) <= 35 && isBase58Check(word)
	case '0':
		return len(word) == 42 && word[1] == 'x' && strings.Trim(word[2:], "0123456789abcdefABCDEF") == ""
	case 'b', 'B', 'l':
		lower := strings.ToLower(word)
		return strings.HasPrefix(lower, "bc1") && isBech32("bc", lower[3:]) || strings.HasPrefix(lower, "ltc1") &&
			isBech32("ltc", lower[4:])
	}
	return false
}

const base58 = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz"

// isBase58Check checks 25 bytes in base 58, the last four of which begin the double SHA-256 of the others.
func isBase58Check(word string) bool {
	n, radix := new(big.Int), big.NewInt(58)
	for i := range len(word) {
		digit := strings.IndexByte(base58, word[i])
		if digit < 0 {
			return false
		}
		n.Add(n.Mul(n, radix), big.NewInt(int64(digit)))
	}
	if n.BitLen() > 200 {
		return false
	}
	var b [25]byte
	n.FillBytes(b[:])
	sum := sha256.Sum256(b[:21])
	sum = sha256.Sum256(sum[:])
	return string(sum[:4]) == string(b[21:])
}

const bech32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"

// isBech32 checks the check digits of BIP 173 (Bech32) and BIP 350 (Bech32m).
func isBech32(prefix, data string) bool {
	const m = 0x2bc830a3 // what Bech32m leaves; Bech32 leaves 1
	sum := uint32(1)
	add := func(v uint32) {
		top := sum >> 25
		sum = (sum&0x1ffffff)<<5 ^ v
		for i, g := range [5]uint32{0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3} {
			if top>>i&1 == 1 {
				sum ^= g
			}
		}
	}
	for i := range len(prefix) {
		add(uint32(prefix[i] >> 5))
	}
	add(0)
	for i := range len(prefix) {
		add(uint32(prefix[i] & 31))
	}
	for i := range len(data) {
		digit := strings.IndexByte(bech32, data[i])
		if digit < 0 {
			return false
		}
		add(uint32(digit))
	}
	return sum == 1 || sum == m
}
