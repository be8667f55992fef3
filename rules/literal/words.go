package literal

import (
	"cmp"
	"math"
	"slices"
	"strings"
	"sync"
)

// words are the words that English mail is full of, the most frequent first. Zipf's law does the rest.
var words = " " + strings.Join(strings.Fields(`
	the to and of in you is for that it this on your with be are or from have as not by we at if can will all an
	but list our more my was one email do they get no out com so free has just about here mail new there up what
	now time only which any net information like use people would their how when me us please some been who click
	other message than mailing make them business also users content then web he over money address want its into
	these may work see internet most wrote first because send way know software even need home could had world
	should am system name his much spam company go does order many using find type site receive were group very
	text said subject well think good those help after today where date take check line report best lists right
	day back years through same phone rpm before service news each every own program read being year government
	change two available still life while such unsubscribe used set url subscription number version server sent
	since why million without online code off below last made too state form computer call security remove end
	really removed say few long offer data size price something pc link down within real credit never next look
	part better html files anyone old sure high easy problem services transfer full future org based product
	another did companies support search days per week give received great again access start once must page
	network going user run messages sponsored face states looking market case found try following both marketing
	got might card reply let under things ca color keep products wish technology ever special save month etc visit
	different less bit open addresses thanks come thing contact talk however systems united put microsoft around
	works legal sites actually original cost someone buy package times point low source little build yes working
	public always yahoo personal insurance info instead non signature least rights programs add between place
	application release though include simply against able including inc lot complete already simple error show
	latest course making plain account problems anything example cash issue current her hard running website pay
	probably stuff tell small getting interest job mailto three media big download hours possible she financial
	box doing welcome says rates center having seems above kernel sales months offers`), " ") + " "

// suffixes are all places in a text, in the order of what follows there.
type suffixes struct {
	text   string
	starts []int32
	heads  []uint64 // the first eight bytes that follow
	first  [257]int // by the first of these: the places before
}

func newSuffixes(text string) *suffixes {
	p := &suffixes{text: text}
	for i := range text {
		p.starts = append(p.starts, int32(i))
	}
	slices.SortFunc(p.starts, func(a, b int32) int {
		return cmp.Or(cmp.Compare(head(text[a:]), head(text[b:])), strings.Compare(text[a:], text[b:]))
	})
	for _, start := range p.starts {
		p.heads = append(p.heads, head(text[start:]))
		p.first[int(text[start])+1]++
	}
	for c := range 256 {
		p.first[c+1] += p.first[c]
	}
	return p
}

// head returns the first eight bytes of a string as a number of the same order.
func head(s string) (n uint64) {
	for i := range min(len(s), 8) {
		n |= uint64(s[i]) << (56 - 8*i)
	}
	return n
}

// of returns which of the places a string is at: those from one up to another.
func (p *suffixes) of(s string) (from, to int) {
	from, end := p.first[s[0]], p.first[int(s[0])+1]
	heads := p.heads[from:end]
	low := head(s)
	n, _ := slices.BinarySearch(heads, low)
	from += n
	n, _ = slices.BinarySearch(heads[n:], low|math.MaxUint64>>(8*min(len(s), 8))+1)
	to = from + n
	if len(s) > 8 { // look at the rest
		for from < to && !strings.HasPrefix(p.text[p.starts[from]:], s) {
			from++
		}
		for from < to && !strings.HasPrefix(p.text[p.starts[to-1]:], s) {
			to--
		}
	}
	return from, to
}

// wordPlaces is the places in the words.
var wordPlaces = sync.OnceValue(func() *ratedSuffixes {
	rates := make([]float64, len(words)) // by the place, of the word that it is in
	rank := 0.0
	for i := 1; i < len(words); i++ {
		rates[i] = 1 / (200 + 60*rank)
		if words[i] == ' ' {
			rank++
		}
	}
	p := &ratedSuffixes{suffixes: newSuffixes(words), sums: make([]float64, 1, len(words)+1)}
	for i, start := range p.starts {
		if words[start] == ' ' && int(start)+1 < len(words) { // the space before a word is part of it
			start++
		}
		p.sums = append(p.sums, p.sums[i]+rates[start])
	}
	return p
})

// ratedSuffixes is places in words, with the rates of the words up to each added up.
type ratedSuffixes struct {
	*suffixes
	sums []float64 // one more than places
}

// wordRate estimates how often a string in lower case occurs, per byte of text, as part of these words.
func wordRate(s string) float64 {
	if i := strings.IndexByte(s[1:], ' ') + 1; i > 0 && i < len(s)-1 {
		return min(1, wordRate(s[:i+1])*wordRate(s[i:])*follows)
	}
	all := wordPlaces()
	from, to := all.of(s)
	return all.sums[to] - all.sums[from]
}

// follows is how much more often a word follows another one than any byte, for words that like each other.
const follows = 25

// rarest returns where the rarest so many bytes in a row of a string begin.
func rarest(s string, size int) int {
	best, most := 0, -1
	for i := 0; i+size <= len(s); i++ {
		if r := rarity(s[i : i+size]); r > most {
			best, most = i, r
		}
	}
	// Perhaps they are part of a frequent word, so that others are rarer.
	least := wordRate(s[best : best+size])
	if least <= exp2(most, quarters) {
		return best
	}
	for i := 0; i+size <= len(s); i++ {
		w := s[i : i+size]
		if rate := max(exp2(rarity(w), quarters), wordRate(w)); rate < least {
			best, least = i, rate
		}
	}
	return best
}
