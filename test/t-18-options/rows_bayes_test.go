package options_test

import (
	"context"
	"fmt"
	"os"
	"strings"
	"testing"

	"asterism/classifier"
	"asterism/engine"
	"asterism/store"
	"asterism/store/redis/redistest"
)

// bayesRows are the learner and its store.
func bayesRows() []row {
	const low = "bayes_min_ham_num 5\nbayes_min_spam_num 5"
	const ready = "bayes ready"
	points := spammy + "header HELLO Subject =~ /hello/\nscore HELLO 7\n"
	marked := strings.Replace(letter, "Subject: ", "X-Kind: spammish\r\nSubject: ", 1)
	return []row{
		{option: "use_bayes", base: low, with: "use_bayes 0", answer: learned, gone: ready},
		{option: "use_learner", base: low, with: "use_learner 0", answer: learned, gone: ready},
		{option: "use_bayes_rules", base: low, with: "use_bayes_rules 0", answer: learned, gone: "hit BAYES"},
		{option: "bayes_log_odds", test: "engine TestSumIsOffWithOtherRules"},
		{option: "bayes_path", base: low, with: "bayes_path DIR/elsewhere", answer: storePath, came: "elsewhere.bolt"},
		{option: "bayes_file_mode", with: "bayes_file_mode 0770", answer: storePath, came: "-rw-rw----"},
		{option: "bayes_auto_learn", with: "bayes_auto_learn 0", base: "use_bayes 1", came: "autolearn disabled"},
		{option: "bayes_auto_learn_threshold_nonspam", base: "use_bayes 1", with: "bayes_auto_learn_threshold_nonspam 50",
			came: "autolearn ham"},
		{option: "bayes_auto_learn_threshold_spam", base: points + "use_bayes 1", with: "bayes_auto_learn_threshold_spam 100",
			gone: "autolearn spam"},
		{option: "bayes_auto_learn_on_error", base: points + low, with: "bayes_auto_learn_on_error 1", answer: learned,
			gone: "autolearn spam"},
		{option: "bayes_min_ham_num", base: low, with: "bayes_min_ham_num 500", answer: learned, gone: ready},
		{option: "bayes_min_spam_num", base: low, with: "bayes_min_spam_num 500", answer: learned, gone: ready},
		{option: "bayes_auto_expire", base: low + "\nbayes_expiry_max_db_size 50", with: "bayes_auto_expire 0",
			answer: tokens, came: "many tokens"},
		{option: "bayes_expiry_max_db_size", base: low, with: "bayes_expiry_max_db_size 50", answer: tokens,
			gone: "many tokens"},
		{option: "bayes_ignore_header", base: low, with: "bayes_ignore_header X-Kind", mail: marked, answer: onlyHeader,
			came: "odds even"},
		{option: "bayes_ignore_from", base: low, with: "bayes_ignore_from joe@bad.com", answer: learned, gone: ready},
		{option: "bayes_ignore_to", base: low, with: "bayes_ignore_to *@our.example", answer: learned, gone: ready},
		{option: "bayes_per_user", test: "engine TestUsers"},
		{option: "bayes_redis_wait", with: "bayes_redis_wait 1", answer: onRedis(), gone: "learned 1"},
		{option: "bayes_redis_journal", test: "engine TestUsersWhileRedisIsAway"},
		{option: "bayes_sql_username", base: "bayes_sql_password secret", with: "bayes_sql_username bob",
			answer: onRedis("--requirepass", "other", "--user", "bob", "on", ">secret", "~*", "&*", "+@all"), came: "learned 1"},
		{option: "bayes_sql_password", with: "bayes_sql_password secret", answer: onRedis("--requirepass", "secret"),
			came: "learned 1"},
	}
}

// lesson is the letter as one of many: spam, or ham with other words.
func lesson(raw string, class store.Class, i int) classifier.Lesson {
	if class == store.Ham {
		raw = strings.NewReplacer("Joe <joe@bad.com>", "Ann <ann@good.example>", "hello", "minutes of the meeting",
			"www.crook.com", "www.good.example",
			"for this", "for the agenda", "nobody can refuse, says Joe", "we have agreed on, with regards", "8.2.3.4",
			"198.51.100.7", "mail.bad.com",
			"mail.good.example", "X-Kind: spammish", "X-Kind: hammish").Replace(raw)
	}
	raw = strings.Replace(raw, "<1@", fmt.Sprintf("<lesson%d%v@", i, class), 1)
	return classifier.Lesson{Raw: []byte(raw + fmt.Sprintf("number%d\r\n", i)), Class: class}
}

// teach teaches a few of both.
func teach(t *testing.T, s *site, raw string) {
	t.Helper()
	var lessons []classifier.Lesson
	for i := range 10 {
		lessons = append(lessons, lesson(raw, store.Spam, i), lesson(raw, store.Ham, i))
	}
	if _, err := s.Learn(context.Background(), "", lessons); err != nil && s.cfg.Bayes.Use && s.cfg.Bayes.UseLearner {
		t.Fatal(err)
	}
}

// learned is the verdict after a few lessons.
func learned(t *testing.T, r *row, text string) string {
	s := r.open(t, text)
	raw := r.mail
	if raw == "" {
		raw = letter
	}
	teach(t, s, raw)
	return describe(t, r, s)
}

// onlyHeader teaches mails that differ in one field alone.
func onlyHeader(t *testing.T, r *row, text string) string {
	s := r.open(t, text)
	var lessons []classifier.Lesson
	for i := range 10 {
		spam := lesson(r.mail, store.Spam, i)
		ham := classifier.Lesson{Raw: []byte(strings.NewReplacer("spammish", "hammish", "<lesson",
			"<other").Replace(string(spam.Raw))), Class: store.Ham}
		lessons = append(lessons, spam, ham)
	}
	if _, err := s.Learn(context.Background(), "", lessons); err != nil {
		t.Fatal(err)
	}
	v, err := s.Check(context.Background(), &classifier.Input{Raw: []byte(r.mail)})
	if err != nil {
		t.Fatal(err)
	}
	if v.Bayes > 0.4 && v.Bayes < 0.6 {
		return "odds even"
	}
	return fmt.Sprintf("probability %.3f", v.Bayes)
}

// storePath tells where the store is, and its mode.
func storePath(t *testing.T, r *row, text string) string {
	s := r.open(t, text)
	info, err := os.Stat(s.cfg.Bayes.Path + ".bolt")
	if err != nil {
		t.Fatal(err)
	}
	return info.Mode().String() + " " + info.Name()
}

// tokens reports whether the store keeps more than a few.
func tokens(t *testing.T, r *row, text string) string {
	s := r.open(t, text)
	teach(t, s, letter)
	totals, err := s.Store().Totals()
	if err != nil {
		t.Fatal(err)
	}
	if totals.Tokens > 60 {
		return fmt.Sprint("many tokens: ", totals.Tokens)
	}
	return fmt.Sprint("few tokens: ", totals.Tokens)
}

// onRedis teaches a store on a Redis server that has further options.
func onRedis(options ...string) func(*testing.T, *row, string) string {
	return func(t *testing.T, r *row, text string) string {
		server := redistest.Start(t, options...)
		cfg := load(t, "local_tests_only 1\nbayes_path "+server.URL("options")+"\nbayes_redis_journal DIR/journal\n"+text)
		e, err := engine.Open(cfg, engine.Options{})
		if err != nil {
			return err.Error()
		}
		defer e.Close()
		ctx, cancel := context.WithCancel(context.Background())
		defer cancel()
		results, err := e.Learn(ctx, "", []classifier.Lesson{lesson(letter, store.Spam, 1)})
		if err != nil {
			return err.Error()
		}
		n := 0
		for _, result := range results {
			if result == classifier.LearnedNew {
				n++
			}
		}
		return fmt.Sprint("learned ", n)
	}
}
