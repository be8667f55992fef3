package literal

import "strings"

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

// ranks are the ranks of the words, by where each byte of them stands.
var ranks = func() []uint16 {
	all := make([]uint16, len(words))
	rank := uint16(0)
	for i := 1; i < len(words); i++ {
		all[i] = rank
		if words[i] == ' ' {
			rank++
		}
	}
	return all
}()

// wordRate estimates how often a string in lower case occurs, per byte of text, as part of these words.
func wordRate(s string) float64 {
	if i := strings.IndexByte(s[1:], ' ') + 1; i > 0 && i < len(s)-1 {
		return min(1, wordRate(s[:i+1])*wordRate(s[i:])*follows)
	}
	rate := 0.0
	for from := 0; ; from++ {
		i := strings.Index(words[from:], s)
		if i < 0 {
			return rate
		}
		from += i
		rate += 1 / (200 + 60*float64(ranks[from+min(1, len(s)-1)]))
	}
}

// follows is how much more often a word follows another one than any byte, for words that like each other.
const follows = 25
