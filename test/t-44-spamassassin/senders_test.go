package spamassassin_test

import (
	"bytes"
	"fmt"
	"math"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"asterism/message"
	"asterism/store"
	"asterism/test/e2e"
	"asterism/test/tool"
)

// senderTests are rules with scores of their own, and fields that tell what the record made of them.
const senderTests = `use_bayes 0
dns_available no
util_rb_tld com net org
trusted_networks 192.0.2.0/24
internal_networks 192.0.2.0/24
clear_headers
fold_headers 0
report_safe 0
add_header all Points _HEADER(Subject)_ score=_SCORE_ awl=_AWL_ mean=_AWLMEAN_ count=_AWLCOUNT_ pre=_AWLPRESCORE_
header   BAD Subject =~ /bad/
score    BAD 87.3
header   GOOD Subject =~ /good/
score    GOOD -23.1
header   LIST Subject =~ /listed/
score    LIST -70
tflags   LIST userconf noautolearn
header   STOP Subject =~ /noawl/
score    STOP 1
tflags   STOP noawl
`

// awl and txrep load one of the plug-ins. SpamAssassin 4.0.1 reads txrep_dilution_factor and leaves it out of its sums,
// and what txrep_welcomelist_out notes it does not find again: both are off here.
const (
	awl = `loadplugin Mail::SpamAssassin::Plugin::AWL
`
	txrep = `loadplugin Mail::SpamAssassin::Plugin::TxRep
`
	awlRule   = "header AWL eval:check_from_in_auto_welcomelist()\ntflags AWL userconf noautolearn\npriority AWL 1000\n"
	txrepRule = "use_txrep 1\ntxrep_dilution_factor 1\ntxrep_welcomelist_out 0\n" +
		"add_header all Rep _TXREPEMAILIP_,_TXREPDOMAIN_,_TXREPHELO_,_TXREPEMAIL_,_TXREPIP_,_TXREPEMAILCOUNT_\n" +
		"header TXREP eval:check_senders_reputation()\ntflags TXREP userconf noautolearn\npriority TXREP 1000\n"
)

// series is mails of some senders, one after the other: their addresses, ways here from the nearest hop on, and
// subjects.
var series = []struct{ from, way, subject string }{
	{"joe@example.com", "8.2.3.4", "good"},
	{"joe@example.com", "8.2.9.9", "bad"},
	{"JOE@Example.com", "8.2.3.4", "plain"},
	{"joe@example.com", "9.2.3.4", "bad"},
	{"joe@example.com", "9.2.3.4", "good"},
	{"joe@example.com", "8.2.3.4", "listed bad"},
	{"ann@example.com", "8.2.3.4", "plain"},
	{"ann@example.com", "8.2.3.4", "bad good"},
	{"ann@example.com", "8.2.3.4", "bad"},
	{"ann@example.com", "8.2.3.4", "noawl bad"},
	{"ann@example.com", "8.2.3.4", "plain"},
	{"o'neil@example.net", "8.2.3.4 10.1.2.3", "bad"}, // from a host inside theirs
	{"o'neil@example.net", "8.2.7.7 10.9.9.9", "good"},
	{"tom@example.net", "192.0.2.4 9.9.1.1 7.7.7.7", "bad"}, // over a relay of ours
	{"tom@example.net", "192.0.2.4 9.9.2.2 7.7.8.8", "good"},
	{"tom@example.net", "192.0.2.9", "bad"}, // from inside
	{"tom@example.net", "192.0.2.8", "good"},
	{"eve@example.org", "2001:db8:1:2::25", "bad"},
	{"eve@example.org", "2001:db8:1:3::26", "plain"},
	{"eve@example.org", "2001:db8:2:3::26", "plain"},
	{"mia@example.org", "10.0.3.4", "bad"},
	{"mia@example.org", "10.0.9.9", "plain"},
	{"pia@example.org", "", "bad"},
	{"pia@example.org", "", "good"},
	{"pia@example.org", "8.0.0.1", "plain"},
	{"pia@example.org", "8.0.0.2", "plain"},
	{"", "8.0.0.1", "bad"},
	{"", "8.0.0.1", "good"},
}

// letters returns the mails of the series.
func letters() (all [][]byte) {
	for i, s := range series {
		var b strings.Builder
		for n, ip := range strings.Fields(s.way) {
			by := []string{"mx.example.org", "mail.example.com", "inner.example.com"}[n]
			literal := ip
			if strings.Contains(ip, ":") {
				literal = "IPv6:" + ip
			}
			fmt.Fprintf(&b, "Received: from host%d.example.com (host%d.example.com [%s])\n"+
				"\tby %s (8.18.1/8.18.1) with ESMTP id a%d;\n"+
				"\tFri, 20 Nov 2026 21:%02d:38 +0000\n", n, n, literal, by, i, i)
		}
		if s.from != "" {
			fmt.Fprintf(&b, "From: Somebody <%s>\n", s.from)
		}
		fmt.Fprintf(&b, "To: <sue@elsewhere.example>\nSubject: %s %d\nDate: Fri, 20 Nov 2026 21:%02d:00 +0000\n"+
			"Message-ID: <%d@example.com>\n\nMessage number %d.\n", s.subject, i, i, i, i)
		all = append(all, []byte(b.String()))
		if i%6 == 1 { // a copy
			all = append(all, []byte(b.String()))
		}
	}
	return all
}

var figure = regexp.MustCompile(`-?[0-9]+\.[0-9]`)

// alike reports whether two fields have the same figures, except for how a half is rounded.
func alike(x, y string) bool {
	if figure.ReplaceAllString(x, "N") != figure.ReplaceAllString(y, "N") {
		return false
	}
	others := figure.FindAllString(y, -1)
	for i, text := range figure.FindAllString(x, -1) {
		a, _ := strconv.ParseFloat(text, 64) // as the expression has it
		b, _ := strconv.ParseFloat(others[i], 64)
		if math.Abs(a-b) > 0.11 {
			return false
		}
	}
	return true
}

// TestSenders: of a series of mails, AWL and TxRep make the same scores as SpamAssassin's.
func TestSenders(t *testing.T) {
	for _, c := range []struct{ name, plugin, lines string }{
		{"AWL", awl, awlRule},
		{"AWL whole", awl, awlRule + "auto_welcomelist_factor 1\nauto_welcomelist_ipv4_mask_len 24\n" +
			"auto_welcomelist_ipv6_mask_len 33\n"},
		{"AWL by its old names", awl, strings.ReplaceAll(awlRule, "welcomelist", "whitelist") +
			"auto_whitelist_factor 0.25\nauto_whitelist_ipv4_mask_len 13\nauto_whitelist_ipv6_mask_len 64\n"},
		{"AWL off", awl, awlRule + "use_auto_whitelist 0\n"},
		{"TxRep", txrep, txrepRule},
		{"TxRep otherwise", txrep, txrepRule + "txrep_factor 0.9\ntxrep_ipv4_mask_len 32\ntxrep_ipv6_mask_len 20\n" +
			"txrep_weight_email 1\ntxrep_weight_email_ip 0\ntxrep_weight_domain 5.5\ntxrep_weight_helo 9\n" +
			"txrep_track_messages 0\n"},
		{"TxRep that is taught", txrep, txrepRule + "use_bayes 1\nuse_bayes_rules 0\nbayes_auto_learn 0\n" +
			"txrep_learn_penalty 30\ntxrep_learn_bonus 15\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			mails := letters()
			ours := pointsOfSpamd(t, c.plugin, c.lines, mails)
			tool.Path(t, "spamassassin", "spamassassin")
			theirs := pointsOfSpamAssassin(t, c.plugin, c.lines, mails)
			for i := range mails {
				if !alike(ours[i], theirs[i]) {
					t.Errorf("mail %d, %.90q:\nspamd        %s\nspamassassin %s", i, mails[i], ours[i], theirs[i])
				}
			}
			slices.Sort(ours)
			if n := len(slices.Compact(ours)); n < 3 {
				t.Errorf("only %d kinds of scores", n)
			}
		})
	}
}

// inOrder has SpamAssassin scan mails one after the other: its own program takes those of a mailbox in an order of its
// own.
const inOrder = `use Mail::SpamAssassin;
my ($rules, $site, @files) = @ARGV;
my $sa = Mail::SpamAssassin->new({rules_filename => $rules, site_rules_filename => $site, local_tests_only => 1,
  userprefs_filename => '/dev/null', dont_copy_prefs => 1});
for my $file (@files) {
  open(my $in, '<', $file) or die "$file: $!";
  my $mail = $sa->parse(do { local $/; <$in> });
  if ($file =~ /(spam|ham)\.eml$/) {
    my $learned = $sa->learn($mail, undef, $1 eq 'spam', 0);
    $learned->finish();
    $sa->finish_learner();
    $mail->finish();
    print "\0\n";
    next;
  }
  my $status = $sa->check($mail);
  print $status->rewrite_mail(), "\0\n";
  $status->finish();
  $mail->finish();
}
`

// lesson returns as what a mail is taught, instead of being scanned, with lines that let the learner work.
func lesson(lines string, i int) string {
	if !strings.Contains(lines, "use_bayes 1") {
		return ""
	}
	return []string{"", "", "", "spam", "", "ham", ""}[i%7]
}

// senderSite returns directories of rules and of a site's files.
func senderSite(t *testing.T, plugin, lines string) (rules, site string) {
	t.Helper()
	rules, site = t.TempDir(), t.TempDir()
	e2e.Write(t, rules, "10.cf", senderTests+lines, 0o644)
	e2e.Write(t, site, "init.pre", "loadplugin Mail::SpamAssassin::Plugin::Check\n"+plugin, 0o644)
	return rules, site
}

func pointsOfSpamd(t *testing.T, plugin, lines string, mails [][]byte) (points []string) {
	t.Helper()
	rules, site := senderSite(t, plugin, lines)
	s := e2e.StartSpamd(t, "", "--configpath", rules, "--siteconfigpath", site, "-L")
	client := s.Client(t)
	for i, raw := range mails {
		if class := lesson(lines, i); class != "" {
			as := map[string]store.Class{"ham": store.Ham, "spam": store.Spam}[class]
			if _, err := client.Learn(t.Context(), raw, as); err != nil {
				t.Fatal(err)
			}
			points = append(points, "")
			continue
		}
		r, err := client.Process(t.Context(), raw)
		if err != nil {
			t.Fatal(err)
		}
		points = append(points, pointsIn(r.Message))
	}
	return points
}

func pointsOfSpamAssassin(t *testing.T, plugin, lines string, mails [][]byte) (points []string) {
	t.Helper()
	rules, site := senderSite(t, plugin, lines)
	dir := t.TempDir()
	e2e.Write(t, site, "local.cf", "auto_welcomelist_path "+filepath.Join(dir, "senders")+"\nbayes_path "+
		filepath.Join(dir, "bayes")+"\n", 0o644)
	args := []string{"-e", inOrder, rules, site}
	for i, raw := range mails {
		args = append(args, e2e.Write(t, dir, fmt.Sprintf("%03d%s.eml", i, lesson(lines, i)), string(raw), 0o644))
	}
	out := output(t, exec.Command("perl", args...), nil)
	for _, raw := range bytes.SplitAfter(out, []byte("\x00\n")) {
		if len(raw) > 0 {
			points = append(points, pointsIn(raw))
		}
	}
	if len(points) != len(mails) {
		t.Fatalf("%d mails came back of %d:\n%s", len(points), len(mails), out)
	}
	return points
}

// unset are tags that SpamAssassin has no value for.
var unset = regexp.MustCompile(`_[A-Z]+_`)

func pointsIn(raw []byte) string {
	h := message.Parse(raw).Header()
	return unset.ReplaceAllString(strings.Join(strings.Fields(h.Get("X-Spam-Points")+" "+h.Get("X-Spam-Rep")), " "), "")
}
