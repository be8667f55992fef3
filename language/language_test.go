package language

import (
	"fmt"
	"strings"
	"testing"
)

// sentences are texts that the samples do not have, three for each of twelve languages.
var sentences = map[string][]string{
	"en": {"Your account will be closed tomorrow unless you confirm your password on the page below.",
		"The children went to the river yesterday, and nobody has seen the dog since then.",
		"Could you tell me which of these two books is the one your sister wanted to read?"},
	"de": {"Ihr Konto wird morgen gesperrt, wenn Sie Ihr Kennwort nicht auf der folgenden Seite bestätigen.",
		"Die Kinder sind gestern zum Fluss gegangen, und seitdem hat niemand den Hund gesehen.",
		"Kannst du mir sagen, welches von diesen beiden Büchern deine Schwester lesen wollte?"},
	"fr": {"Votre compte sera fermé demain si vous ne confirmez pas votre mot de passe sur la page ci-dessous.",
		"Les enfants sont allés à la rivière hier, et personne n'a vu le chien depuis.",
		"Peux-tu me dire lequel de ces deux livres ta sœur voulait lire cette semaine ?"},
	"es": {"Su cuenta será cerrada mañana si no confirma su contraseña en la página siguiente.",
		"Los niños fueron ayer al río, y desde entonces nadie ha visto al perro.",
		"¿Puedes decirme cuál de estos dos libros quería leer tu hermana esta semana?"},
	"it": {"Il suo conto verrà chiuso domani se non conferma la password nella pagina seguente.",
		"I bambini sono andati ieri al fiume, e da allora nessuno ha visto il cane.",
		"Puoi dirmi quale di questi due libri voleva leggere tua sorella questa settimana?"},
	"pt": {"A sua conta será encerrada amanhã se não confirmar a sua senha na página seguinte.",
		"As crianças foram ontem ao rio, e desde então ninguém viu o cão.",
		"Pode dizer-me qual destes dois livros a sua irmã queria ler esta semana?"},
	"nl": {"Uw rekening wordt morgen gesloten als u uw wachtwoord niet op de volgende pagina bevestigt.",
		"De kinderen zijn gisteren naar de rivier gegaan, en sindsdien heeft niemand de hond gezien.",
		"Kun je mij zeggen welk van deze twee boeken je zus deze week wilde lezen?"},
	"sv": {"Ditt konto stängs i morgon om du inte bekräftar ditt lösenord på följande sida.",
		"Barnen gick till floden i går, och sedan dess har ingen sett hunden.",
		"Kan du säga mig vilken av de här två böckerna din syster ville läsa i veckan?"},
	"pl": {"Pańskie konto zostanie jutro zamknięte, jeśli nie potwierdzi pan hasła na następnej stronie.",
		"Dzieci poszły wczoraj nad rzekę i od tego czasu nikt nie widział psa.",
		"Czy możesz mi powiedzieć, którą z tych dwóch książek chciała przeczytać twoja siostra?"},
	"tr": {"Aşağıdaki sayfada şifrenizi onaylamazsanız hesabınız yarın kapatılacaktır.",
		"Çocuklar dün nehre gittiler ve o zamandan beri kimse köpeği görmedi.",
		"Bu iki kitaptan hangisini kız kardeşinin okumak istediğini bana söyleyebilir misin?"},
	"ru": {"Ваш счёт будет закрыт завтра, если вы не подтвердите пароль на следующей странице.",
		"Дети вчера пошли на реку, и с тех пор никто не видел собаку.",
		"Можешь сказать мне, какую из этих двух книг хотела прочитать твоя сестра?"},
	"zh": {"如果您不在下面的页面上确认您的密码，您的账户明天将被关闭。请您尽快点击下面的链接，并且填写您的姓名、地址和电话号码，谢谢您的合作与支持。",
		"孩子们昨天去了河边，从那以后就没有人再见过那只狗了。我们都很担心它，所以今天早上又去找了一次，可是仍然没有找到它。",
		"你能告诉我这两本书里哪一本是你姐姐这个星期想读的吗？我想在她生日的时候把它作为礼物送给她，希望她会喜欢这本书。"},
}

// TestConfusion prints the confusion table of twelve languages: each of their sentences is taken for its own language.
func TestConfusion(t *testing.T) {
	names := strings.Fields("en de fr es it pt nl sv pl tr ru zh")
	var table strings.Builder
	right, all := 0, 0
	for _, want := range names {
		row := map[string]int{}
		for _, s := range sentences[want] {
			got := "-"
			if guesses := (Options{}).Guess(s); len(guesses) > 0 {
				got = guesses[0].Language
			}
			row[got]++
			all++
			if got == want {
				right++
			}
		}
		fmt.Fprintf(&table, "%s %v\n", want, row)
	}
	t.Logf("%d of %d right\n%s", right, all, table.String())
	if right < all {
		t.Errorf("%d of %d right", right, all)
	}
}

// TestGuess: what says too little has no language, and inactive ones are not considered.
func TestGuess(t *testing.T) {
	for _, c := range []struct {
		text string
		o    Options
		want string
	}{
		{"", Options{}, ""},
		{"hello", Options{}, ""},
		{strings.Repeat("1234 5678 ", 100), Options{}, ""},
		{sentences["de"][0], Options{Inactive: []string{"de"}}, "nl"},
		{sentences["zh"][0], Options{Inactive: []string{"zh"}}, ""},
		{sentences["en"][0], Options{Max: 1, Spread: 9}, ""},
		{strings.Repeat("Это наши новые условия. ", 5), Options{}, "ru"},
		{strings.Repeat("これは日本語の文章です。", 10), Options{}, "ja"},
		{strings.Repeat("이것은 한국어 문장입니다. ", 10), Options{}, "ko"},
		{strings.Repeat("هذه رسالة باللغة العربية ", 10), Options{}, "ar"},
		{strings.Repeat("Αυτό είναι ένα ελληνικό κείμενο ", 5), Options{}, "el"},
	} {
		got := ""
		if guesses := c.o.Guess(c.text); len(guesses) > 0 {
			got = guesses[0].Language
		}
		if got != c.want {
			t.Errorf("%.40q: %q, want %q", c.text, got, c.want)
		}
	}
}

// BenchmarkGuess guesses the language of a mail of 4,000 letters.
func BenchmarkGuess(b *testing.B) {
	text := strings.Repeat(sentences["fr"][0]+" ", 50)
	b.ReportAllocs()
	for b.Loop() {
		(Options{}).Guess(text)
	}
}
