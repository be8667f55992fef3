package redis

import (
	"fmt"
	"strconv"

	"asterism/store"
)

// groups is the number of groups that tokens, marks and samples are spread over. All keys of a group have one hash
// tag and so lie on one node of a Cluster. Part of the format.
const groups = 16

// clusterSlots is the number of hash slots of a Cluster.
const clusterSlots = 16384

// Kinds of keys that a group has in each epoch.
const (
	kindTokens  = "t" // hash: token -> record; and the group's state in fields of one letter
	kindMarks   = "m" // hash: digest -> class, time
	kindSamples = "s" // hash: class, slot -> digest, tokens
	kindMeta    = "p" // hash: the learner's parameters; only group 0 has any
	kindLog     = "l" // stream of the last changes of tokens, for the clients' caches
	kindClients = "c" // hash: client -> its last learning here
	kindIntents = "i" // hash: learnings that have begun here and have parts elsewhere
)

var kinds = []string{kindTokens, kindMarks, kindSamples, kindMeta, kindLog, kindClients, kindIntents}

// stateFields are the fields of the tokens' hash that are no tokens: version, the change that made it, oldest and
// newest time of use, and in group 0 ham, spam, last expiry, and version of the parameters.
var stateFields = []string{"v", "r", "o", "n", "h", "s", "x", "w"}

// tags are the hash tags of the groups.
type tags [groups]string

// newTags names the groups such that their slots are evenly spread.
func newTags(prefix string) (t tags) {
	for g := range t {
		for i := 0; ; i++ {
			t[g] = fmt.Sprintf("%s:%x%s", prefix, g, strconv.FormatInt(int64(i), 36))
			if slotOf(t[g])/(clusterSlots/groups) == g {
				break
			}
		}
	}
	return t
}

// slotOf returns the hash slot of a tag: its CRC-16 (XMODEM) modulo the number of slots.
func slotOf(tag string) int {
	crc := uint16(0)
	for i := range len(tag) {
		crc ^= uint16(tag[i]) << 8
		for range 8 {
			if crc&0x8000 != 0 {
				crc = crc<<1 ^ 0x1021
			} else {
				crc <<= 1
			}
		}
	}
	return int(crc % clusterSlots)
}

// site returns the name of a key that is there once for all epochs.
func (t *tags) site(kind string) string { return "{" + t[0] + "}:" + kind }

// group returns the name of a group's key.
func (t *tags) group(epoch uint64, g int, kind string) string {
	return "{" + t[g] + "}:" + strconv.FormatUint(epoch, 36) + ":" + kind
}

func (t *tags) groupKeys(epoch uint64, g int, kinds ...string) []string {
	keys := make([]string, len(kinds))
	for i, kind := range kinds {
		keys[i] = t.group(epoch, g, kind)
	}
	return keys
}

func groupOfToken(tok store.Token) int { return int(tok >> 60) }

func groupOfDigest(d store.Digest) int { return int(d[0] >> 4) }

func groupOfSlot(slot int) int { return slot % groups }
