// Package milter_test talks the milter protocol to spamd with miltertest, which is not of our making, where it takes
// an MTA in an unusual state: authenticated clients, aborted mails, several mails in one connection.
package milter_test

import (
	"os/exec"
	"strings"
	"testing"

	"asterism/test/e2e"
)

// prelude defines what the scripts below share.
const prelude = `
function try(ok, what)
	if ok ~= nil then error(what) end
end
function envelope(conn, auth)
	mt.macro(conn, SMFIC_MAIL, "i", "queue1", "{auth_authen}", auth)
	try(mt.mailfrom(conn, "<alice@example.net>"), "MAIL")
	try(mt.rcptto(conn, "<bob@example.org>"), "RCPT")
end
function header(conn, name, value)
	try(mt.header(conn, name, value), "header " .. name)
end
function body(conn, text)
	try(mt.eoh(conn), "end of header")
	try(mt.bodystring(conn, text), "body")
end
function finish(conn, scored)
	try(mt.eom(conn), "end of message")
	if mt.getreply(conn) ~= SMFIR_ACCEPT and mt.getreply(conn) ~= SMFIR_CONTINUE then
		error("reply " .. mt.getreply(conn))
	end
	if mt.eom_check(conn, MT_HDRINSERT, "X-Spam-Score") ~= scored then
		error("score added: " .. tostring(not scored) .. ", want " .. tostring(scored))
	end
end
conn = mt.connect(SOCKET, 40, 0.25)
if conn == nil then error("connect") end
mt.macro(conn, SMFIC_CONNECT, "j", "mail.example.org")
try(mt.conninfo(conn, "client.example.net", CLIENT), "connect")
try(mt.helo(conn, "client.example.net"), "HELO")
`

func TestMiltertest(t *testing.T) {
	const forged = "header(conn, 'X-Spam-Score', ' -99 ()')\nheader(conn, 'Subject', ' hi')\n" +
		"header(conn, 'x-spam-score', ' -98 ()')\n"
	const removed = "if not mt.eom_check(conn, MT_HDRDELETE, 'X-Spam-Score') then error('a forged score stays') end\n"
	for _, c := range []struct{ name, cf, client, script string }{
		{"plain", "", "93.184.216.34", "envelope(conn, '')\n" + forged + "body(conn, 'x')\nfinish(conn, true)\n" + removed},
		{"authenticated", "", "93.184.216.34", "envelope(conn, 'bob')\n" + forged + "body(conn, 'x')\nfinish(conn, true)\n" +
			removed},
		{"skip_authenticated", "skip_authenticated 1\n", "93.184.216.34",
			"envelope(conn, 'bob')\n" + forged + "body(conn, 'x')\nfinish(conn, false)\n" + removed},
		{"skip_authenticated, not authenticated", "skip_authenticated 1\n", "93.184.216.34",
			"envelope(conn, '')\n" + forged + "body(conn, 'x')\nfinish(conn, true)\n" + removed},
		{"skip_trusted", "skip_trusted 1\ntrusted_networks 93.184.216/24\n", "93.184.216.34",
			"envelope(conn, '')\n" + forged + "body(conn, 'x')\nfinish(conn, false)\n" + removed},
		{"skip_trusted, not trusted", "skip_trusted 1\ntrusted_networks 93.184.217/24\n", "93.184.216.34",
			"envelope(conn, '')\n" + forged + "body(conn, 'x')\nfinish(conn, true)\n" + removed},
		{"IPv6", "", "2606:2800:220:1::1",
			"envelope(conn, '')\nheader(conn, 'Subject', ' hi')\nbody(conn, 'x')\nfinish(conn, true)\n"},
		{"no client address", "", "unspec",
			"envelope(conn, '')\nheader(conn, 'Subject', ' hi')\nbody(conn, 'x')\nfinish(conn, true)\n"},
		{"no body", "", "93.184.216.34",
			"envelope(conn, '')\nheader(conn, 'Subject', ' hi')\ntry(mt.eoh(conn), 'eoh')\nfinish(conn, true)\n"},
		{"no header", "", "93.184.216.34", "envelope(conn, '')\nbody(conn, 'x')\nfinish(conn, true)\n"},
		{"aborted", "", "93.184.216.34", "envelope(conn, '')\ntry(mt.abort(conn), 'abort')\n" +
			"envelope(conn, '')\nheader(conn, 'X-Spam-Score', ' 1')\ntry(mt.abort(conn), 'abort')\n" +
			"envelope(conn, '')\nheader(conn, 'X-Spam-Score', ' 1')\nbody(conn, 'x')\ntry(mt.abort(conn), 'abort')\n" +
			"envelope(conn, '')\nheader(conn, 'Subject', ' hi')\nbody(conn, 'x')\nfinish(conn, true)\n" +
			"if mt.eom_check(conn, MT_HDRDELETE, 'X-Spam-Score') then error('deleted a field of an aborted mail') end\n"},
		{"too large, skipped", "max_size 1K\n", "93.184.216.34", "envelope(conn, '')\n" + forged +
			"try(mt.eoh(conn), 'eoh')\n" +
			"try(mt.bodyrandom(conn, 2000), 'body')\nif mt.getreply(conn) ~= SMFIR_SKIP then error('reply to the body: ' .. " +
			"mt.getreply(conn)) end\n" +
			"finish(conn, false)\n" + removed},
	} {
		t.Run(c.name, func(t *testing.T) {
			spamd := e2e.StartSpamd(t, c.cf, "-L")
			script := e2e.Write(t, e2e.Dir(t), "script.lua", prelude+c.script+"mt.disconnect(conn)\n", 0o644)
			cmd := exec.CommandContext(t.Context(), e2e.Tool(t, "miltertest", "miltertest"), "-s", script,
				"-D", "SOCKET="+strings.Replace(spamd.Milter, "unix:", "local:", 1), "-D", "CLIENT="+c.client)
			if out, err := cmd.CombinedOutput(); err != nil {
				t.Errorf("miltertest: %v\n%s\nspamd:\n%s", err, out, spamd.Output())
			}
		})
	}
}
