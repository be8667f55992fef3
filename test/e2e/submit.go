package e2e

import (
	"fmt"
	"path/filepath"
	"strings"
	"testing"
)

// Submitter returns a program that takes mails as /usr/sbin/sendmail does on an ordinary system: as a mail submission
// program, with a configuration of its own (FEATURE(msp)), which passes them by SMTP to the MTA, and so to its
// milters.
func (s *Sendmail) Submitter(t testing.TB) string {
	t.Helper()
	dir := filepath.Join(s.dir, "msp")
	Write(t, dir, "queue/.keep", "", 0o600)
	chmod(t, filepath.Join(dir, "queue"), 0o700)
	Run(t, Tool(t, "chown", "coreutils"), "nobody:nogroup", filepath.Join(dir, "queue"))
	mc := Write(t, dir, "submit.mc", strings.Join([]string{
		"include(`/usr/share/sendmail/cf/m4/cf.m4')dnl",
		"OSTYPE(`debian')dnl",
		"define(`confDOMAIN_NAME', " + quoteM4("%s", s.name) + ")dnl",
		"define(`MSP_QUEUE_DIR', " + quoteM4("%s/queue", dir) + ")dnl",
		"define(`confPID_FILE', " + quoteM4("%s/sendmail.pid", dir) + ")dnl",
		"define(`confSERVICE_SWITCH_FILE', " + quoteM4("%s/service.switch", s.dir) + ")dnl",
		"define(`confRUN_AS_USER', `nobody')dnl", // Debian's smmsp need not be there
		"define(`confTRUSTED_USER', `root')dnl",
		"define(`confREFUSE_LA', `10000')dnl",
		"define(`confQUEUE_LA', `10000')dnl",
		"define(`MSP_STATUS_FILE', `/dev/null')dnl",
		"FEATURE(`msp', `[127.0.0.1]', `MSA')dnl",
	}, "\n")+"\n", 0o644)
	_, port, _ := strings.Cut(s.Addr, ":")
	cf := strings.ReplaceAll(Run(t, Tool(t, "m4", "m4"), mc), "TCP $h 587", "TCP $h "+port)
	Write(t, dir, "submit.cf", cf, 0o644)
	return Write(t, dir, "sendmail",
		fmt.Sprintf("#!/bin/sh\nexec %s -u sh -c 'hostname %s && exec \"$@\"' sh %s -Ac -C %s/submit.cf \"$@\"\n",
			Tool(t, "unshare", "util-linux"), s.name, Tool(t, "sendmail", "sendmail-bin"), dir), 0o755)
}
