package rspamd

import (
	"net/http"
	"time"
)

// Stat is the answer to /stat.
type Stat struct {
	Version     string
	Uptime      time.Duration
	Ham, Spam   uint64            // mails by their verdict
	Actions     map[string]uint64 // mails by action
	Connections uint64

	LearnedHam, LearnedSpam uint64 // messages that the learner knows
	Tokens, Bytes           uint64 // of its store
	Store                   string
}

// statfile is one class of the learner.
type statfile struct {
	Revision  uint64 `json:"revision"` // messages learned
	Used      uint64 `json:"used"`
	Total     uint64 `json:"total"`
	Size      uint64 `json:"size"`
	Symbol    string `json:"symbol"`
	Type      string `json:"type"`
	Languages int    `json:"languages"`
	Users     int    `json:"users"`
}

// stat answers /stat. Keys that count rspamd's own memory pools are zero.
func (s *Server) stat(w http.ResponseWriter, _ *http.Request) {
	st := s.opt.Stat()
	actions := map[string]uint64{rejected: 0, softReject: 0, rewrite: 0, addHeader: st.Spam, "greylist": 0,
		noAction: st.Ham}
	for ours, theirs := range map[string]string{"reject": rejected, "tempfail": softReject, "discard": discarded,
		"quarantine": quarantine} {
		n := st.Actions[ours]
		actions[theirs] += n
		if ours != "tempfail" { // which has no verdict
			actions[addHeader] -= min(n, actions[addHeader])
		}
	}
	reply(w, http.StatusOK, map[string]any{
		"version": st.Version, "config_id": "", "uptime": int64(st.Uptime.Seconds()), "read_only": false,
		"scanned": st.Ham + st.Spam, "learned": st.LearnedHam + st.LearnedSpam, "total_learns": st.LearnedHam +
			st.LearnedSpam,
		"spam_count": st.Spam, "ham_count": st.Ham, "actions": actions, "connections": st.Connections,
		"control_connections": 0,
		"pools_allocated":     0, "pools_freed": 0, "bytes_allocated": 0, "chunks_allocated": 0,
		"shared_chunks_allocated": 0,
		"chunks_freed":            0, "chunks_oversized": 0, "fragmented": 0, "fuzzy_hashes": map[string]uint64{},
		"statfiles": []statfile{
			{Revision: st.LearnedSpam, Used: st.Tokens, Total: st.Tokens, Size: st.Bytes, Symbol: "BAYES_SPAM",
				Type:  st.Store,
				Users: 1},
			{Revision: st.LearnedHam, Used: st.Tokens, Total: st.Tokens, Size: st.Bytes, Symbol: "BAYES_HAM",
				Type:  st.Store,
				Users: 1},
		},
	})
}
