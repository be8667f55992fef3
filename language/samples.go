package language

// samples are texts of our own, written for this purpose, from which the frequencies of letter groups are learned: a
// few
// sentences of ordinary mail for each language of the Latin and Cyrillic scripts.
var samples = map[string]string{
	"en": `Thank you for your message. We have received the order and will send it to you within three days. If there is anything that
you would like to change, please let us know before the end of the week. The meeting with the team has been moved to Thursday, because some
of them are still on holiday. What do you think about the new plan? I was not sure whether this would work, but it should be much better
than what we had before. They said that their office could be used by everyone who needs it. Please find the report attached, and give my
best regards to your family. How are things going with the house? When you come back, we can talk about all of this over dinner.`,
	"de": `Vielen Dank für Ihre Nachricht. Wir haben die Bestellung erhalten und werden sie Ihnen innerhalb von drei Tagen schicken. Wenn
Sie noch etwas ändern möchten, geben Sie uns bitte vor dem Ende der Woche Bescheid. Die Besprechung mit der Gruppe wurde auf Donnerstag
verschoben, weil einige noch im Urlaub sind. Was halten Sie von dem neuen Plan? Ich war mir nicht sicher, ob das so geht, aber es sollte
viel besser sein als das, was wir vorher hatten. Sie sagten, dass ihr Büro von allen genutzt werden kann, die es brauchen. Im Anhang finden
Sie den Bericht, und grüßen Sie bitte Ihre Familie von mir. Wie geht es mit dem Haus voran? Wenn du zurück bist, können wir über alles
beim Essen reden. Leider ist die Rechnung noch nicht bezahlt worden.`,
	"fr": `Merci pour votre message. Nous avons bien reçu la commande et nous vous l'enverrons dans les trois jours. Si vous souhaitez
changer quelque chose, dites-le-nous avant la fin de la semaine. La réunion avec l'équipe a été reportée à jeudi, parce que certains sont
encore en vacances. Que pensez-vous du nouveau projet ? Je n'étais pas sûr que cela fonctionne, mais ce devrait être beaucoup mieux que ce
que nous avions avant. Ils ont dit que leur bureau peut être utilisé par tous ceux qui en ont besoin. Vous trouverez le rapport en pièce
jointe, et transmettez mes amitiés à votre famille. Comment avance la maison ? Quand tu reviendras, nous pourrons parler de tout cela
pendant le dîner. Malheureusement, la facture n'a pas encore été payée.`,
	"es": `Gracias por su mensaje. Hemos recibido el pedido y se lo enviaremos en un plazo de tres días. Si desea cambiar algo, por favor
díganoslo antes del fin de semana. La reunión con el equipo se ha aplazado hasta el jueves, porque algunos todavía están de vacaciones.
¿Qué le parece el nuevo plan? Yo no estaba seguro de que esto funcionara, pero debería ser mucho mejor que lo que teníamos antes. Dijeron
que su oficina puede ser utilizada por todos los que la necesiten. Adjunto encontrará el informe, y dé recuerdos a su familia. ¿Cómo va la
casa? Cuando vuelvas, podemos hablar de todo esto durante la cena. Por desgracia, la factura todavía no se ha pagado. Los niños están muy
bien y quieren saber cuándo vamos a verlos.`,
	"it": `Grazie per il suo messaggio. Abbiamo ricevuto l'ordine e glielo manderemo entro tre giorni. Se desidera cambiare qualcosa, ce lo
faccia sapere prima della fine della settimana. La riunione con il gruppo è stata spostata a giovedì, perché alcuni sono ancora in vacanza.
Che cosa pensa del nuovo piano? Non ero sicuro che questo funzionasse, ma dovrebbe essere molto meglio di quello che avevamo prima. Hanno
detto che il loro ufficio può essere usato da tutti quelli che ne hanno bisogno. In allegato trova la relazione, e saluti la sua famiglia da
parte mia. Come va con la casa? Quando torni possiamo parlare di tutto questo a cena. Purtroppo la fattura non è stata ancora pagata. Gli
amici dei miei figli sono anche qui.`,
	"pt": `Obrigado pela sua mensagem. Recebemos a encomenda e vamos enviá-la dentro de três dias. Se quiser mudar alguma coisa, por favor
diga-nos antes do fim da semana. A reunião com a equipa foi adiada para quinta-feira, porque alguns ainda estão de férias. O que acha do novo
plano? Eu não tinha a certeza de que isto funcionasse, mas deve ser muito melhor do que aquilo que tínhamos antes. Eles disseram que o seu
escritório pode ser usado por todos os que precisam dele. Em anexo encontra o relatório, e dê lembranças à sua família. Como vai a casa?
Quando você voltar, podemos falar sobre tudo isso ao jantar. Infelizmente a fatura ainda não foi paga. As crianças estão bem e não sabem
quando vamos. Muito atenciosamente.`,
	"nl": `Bedankt voor uw bericht. Wij hebben de bestelling ontvangen en sturen die binnen drie dagen naar u toe. Als u nog iets wilt
veranderen, laat het ons dan voor het einde van de week weten. De vergadering met de groep is naar donderdag verplaatst, omdat sommigen nog op
vakantie zijn. Wat vindt u van het nieuwe plan? Ik wist niet zeker of dit zou werken, maar het moet veel beter zijn dan wat we eerder hadden.
Zij zeiden dat hun kantoor door iedereen gebruikt kan worden die het nodig heeft. In de bijlage vindt u het verslag, en doe de groeten aan uw
familie. Hoe gaat het met het huis? Als je terug bent, kunnen we tijdens het eten over alles praten. Helaas is de rekening nog niet betaald.`,
	"sv": `Tack för ditt meddelande. Vi har fått beställningen och skickar den till dig inom tre dagar. Om du vill ändra något, säg till före
slutet av veckan. Mötet med gruppen har flyttats till torsdag, eftersom några fortfarande är på semester. Vad tycker du om den nya planen? Jag
var inte säker på att det här skulle fungera, men det borde vara mycket bättre än det vi hade förut. De sade att deras kontor kan användas av
alla som behöver det. Rapporten är bifogad, och hälsa din familj från mig. Hur går det med huset? När du kommer tillbaka kan vi prata om allt
detta över middagen. Tyvärr har räkningen inte blivit betald ännu. Vänliga hälsningar från oss alla, och ha en trevlig helg.`,
	"da": `Tak for din besked. Vi har modtaget bestillingen og sender den til dig inden for tre dage. Hvis du vil ændre noget, så sig til inden
ugen er omme. Mødet med gruppen er flyttet til torsdag, fordi nogle stadig er på ferie. Hvad synes du om den nye plan? Jeg var ikke sikker på,
at det her ville virke, men det burde være meget bedre end det, vi havde før. De sagde, at deres kontor kan bruges af alle, der har brug for
det. Rapporten er vedhæftet, og hils din familie fra mig. Hvordan går det med huset? Når du kommer tilbage, kan vi tale om det hele over
middagen. Desværre er regningen ikke blevet betalt endnu. Venlig hilsen fra os alle, og hav en god weekend. Vi glæder os meget til at se jer.`,
	"no": `Takk for meldingen din. Vi har mottatt bestillingen og sender den til deg innen tre dager. Hvis du vil endre noe, så si fra før uken
er over. Møtet med gruppen er flyttet til torsdag, fordi noen fortsatt er på ferie. Hva synes du om den nye planen? Jeg var ikke sikker på at
dette ville virke, men det burde være mye bedre enn det vi hadde før. De sa at kontoret deres kan brukes av alle som trenger det. Rapporten er
vedlagt, og hils familien din fra meg. Hvordan går det med huset? Når du kommer tilbake, kan vi snakke om alt sammen over middagen. Dessverre
er regningen ikke betalt ennå. Vennlig hilsen fra oss alle, og ha en fin helg. Vi gleder oss veldig til å se dere igjen etter ferien.`,
	"fi": `Kiitos viestistäsi. Olemme saaneet tilauksen ja lähetämme sen sinulle kolmen päivän kuluessa. Jos haluat vielä muuttaa jotakin, kerro
siitä meille ennen viikon loppua. Ryhmän kokous on siirretty torstaille, koska jotkut ovat vielä lomalla. Mitä mieltä olet uudesta
suunnitelmasta? En ollut varma, että tämä toimisi, mutta sen pitäisi olla paljon parempi kuin se, mitä meillä oli aikaisemmin. He sanoivat, että
heidän toimistoaan voivat käyttää kaikki, jotka sitä tarvitsevat. Raportti on liitteenä, ja terveisiä perheellesi. Miten talon kanssa menee? Kun
tulet takaisin, voimme puhua kaikesta tästä illallisella. Valitettavasti laskua ei ole vielä maksettu.`,
	"pl": `Dziękuję za wiadomość. Otrzymaliśmy zamówienie i wyślemy je w ciągu trzech dni. Jeśli chciałby pan coś zmienić, proszę dać nam znać
przed końcem tygodnia. Spotkanie z zespołem zostało przełożone na czwartek, ponieważ niektórzy są jeszcze na urlopie. Co pan sądzi o nowym
planie? Nie byłem pewny, czy to będzie działać, ale powinno być dużo lepiej niż to, co mieliśmy wcześniej. Powiedzieli, że ich biuro może być
używane przez wszystkich, którzy go potrzebują. W załączniku przesyłam raport i proszę pozdrowić rodzinę. Jak idzie z domem? Kiedy wrócisz,
możemy porozmawiać o tym wszystkim przy kolacji. Niestety rachunek nie został jeszcze zapłacony. Z poważaniem, do zobaczenia.`,
	"cs": `Děkuji za vaši zprávu. Objednávku jsme dostali a pošleme vám ji během tří dnů. Pokud byste chtěli něco změnit, dejte nám prosím vědět
před koncem týdne. Schůzka se skupinou byla přesunuta na čtvrtek, protože někteří jsou ještě na dovolené. Co si myslíte o novém plánu? Nebyl
jsem si jistý, jestli to bude fungovat, ale mělo by to být mnohem lepší než to, co jsme měli předtím. Řekli, že jejich kancelář mohou používat
všichni, kteří ji potřebují. V příloze najdete zprávu a pozdravujte ode mě rodinu. Jak to jde s domem? Až se vrátíš, můžeme si o tom všem
promluvit u večeře. Bohužel účet ještě nebyl zaplacen. S pozdravem a přeji hezký den.`,
	"hu": `Köszönjük az üzenetét. A megrendelést megkaptuk, és három napon belül elküldjük önnek. Ha valamit még szeretne megváltoztatni, kérem,
szóljon nekünk a hét vége előtt. A csoport megbeszélését csütörtökre halasztottuk, mert néhányan még szabadságon vannak. Mi a véleménye az új
tervről? Nem voltam biztos benne, hogy ez működni fog, de sokkal jobbnak kell lennie, mint ami korábban volt. Azt mondták, hogy az irodájukat
mindenki használhatja, akinek szüksége van rá. A jelentést csatolva találja, és üdvözlöm a családját. Hogy halad a ház? Amikor visszajössz,
vacsora közben mindenről beszélhetünk. Sajnos a számlát még nem fizették ki.`,
	"ro": `Vă mulțumim pentru mesaj. Am primit comanda și v-o vom trimite în termen de trei zile. Dacă doriți să schimbați ceva, vă rugăm să ne
spuneți înainte de sfârșitul săptămânii. Întâlnirea cu echipa a fost mutată pe joi, pentru că unii sunt încă în concediu. Ce părere aveți despre
noul plan? Nu eram sigur că acest lucru va funcționa, dar ar trebui să fie mult mai bine decât ce aveam înainte. Au spus că biroul lor poate fi
folosit de toți cei care au nevoie de el. Atașat găsiți raportul, și transmiteți salutări familiei. Cum merge cu casa? Când te întorci, putem
vorbi despre toate acestea la cină. Din păcate factura nu a fost încă plătită.`,
	"tr": `Mesajınız için teşekkür ederiz. Siparişinizi aldık ve üç gün içinde size göndereceğiz. Bir şeyi değiştirmek isterseniz lütfen hafta
sonundan önce bize haber verin. Ekiple olan toplantı perşembe gününe ertelendi, çünkü bazıları hâlâ tatilde. Yeni plan hakkında ne
düşünüyorsunuz? Bunun işe yarayacağından emin değildim, ama daha önce sahip olduğumuzdan çok daha iyi olmalı. Ofislerinin ihtiyacı olan herkes
tarafından kullanılabileceğini söylediler. Raporu ekte bulabilirsiniz ve ailenize selam söyleyin. Ev işi nasıl gidiyor? Geri döndüğünde akşam
yemeğinde bütün bunları konuşabiliriz. Maalesef fatura henüz ödenmedi.`,
	"id": `Terima kasih atas pesan Anda. Kami sudah menerima pesanan dan akan mengirimkannya dalam waktu tiga hari. Jika Anda ingin mengubah
sesuatu, silakan beri tahu kami sebelum akhir minggu. Rapat dengan tim dipindahkan ke hari Kamis karena beberapa orang masih berlibur. Bagaimana
pendapat Anda tentang rencana yang baru? Saya tidak yakin bahwa ini akan berhasil, tetapi seharusnya jauh lebih baik daripada yang kami punya
sebelumnya. Mereka mengatakan bahwa kantor mereka dapat digunakan oleh semua orang yang membutuhkannya. Laporan terlampir, dan salam untuk
keluarga Anda. Bagaimana dengan rumahnya? Kalau kamu kembali, kita bisa membicarakan semua ini saat makan malam.`,
	"ru": `Спасибо за ваше сообщение. Мы получили заказ и отправим его вам в течение трёх дней. Если вы хотите что-нибудь изменить, сообщите нам до
конца недели. Встреча с группой перенесена на четверг, потому что некоторые ещё в отпуске. Что вы думаете о новом плане? Я не был уверен, что
это будет работать, но должно быть намного лучше, чем то, что у нас было раньше. Они сказали, что их офисом могут пользоваться все, кому он
нужен. Отчёт в приложении, и передайте привет вашей семье. Как дела с домом? Когда ты вернёшься, мы сможем поговорить обо всём этом за ужином.
К сожалению, счёт ещё не оплачен. Пожалуйста, откройте страницу по ссылке, чтобы увидеть письмо целиком. Ваша посылка лежит на почте, и её можно
забрать до вечера. Мы будем рады, если вы придёте. Его брат живёт в большом городе, который находится далеко отсюда, и пишет нам каждый месяц.`,
	"uk": `Дякуємо за ваше повідомлення. Ми отримали замовлення і надішлемо його вам протягом трьох днів. Якщо ви хочете щось змінити, повідомте нас до
кінця тижня. Зустріч із групою перенесено на четвер, тому що деякі ще у відпустці. Що ви думаєте про новий план? Я не був упевнений, що це буде
працювати, але має бути набагато краще, ніж те, що ми мали раніше. Вони сказали, що їхнім офісом можуть користуватися всі, кому він потрібен.
Звіт у додатку, і передайте вітання вашій родині. Як справи з будинком? Коли ти повернешся, ми зможемо поговорити про все це за вечерею. На
жаль, рахунок ще не сплачено.`,
	"bg": `Благодарим ви за съобщението. Получихме поръчката и ще ви я изпратим в рамките на три дни. Ако искате да промените нещо, моля, кажете ни
преди края на седмицата. Срещата с групата беше преместена за четвъртък, защото някои все още са в отпуск. Какво мислите за новия план? Не бях
сигурен, че това ще работи, но трябва да е много по-добре от това, което имахме преди. Те казаха, че офисът им може да се използва от всички,
които имат нужда от него. Докладът е приложен, и поздравете семейството си. Как върви с къщата? Когато се върнеш, можем да говорим за всичко
това на вечеря. За съжаление сметката още не е платена.`,
}
