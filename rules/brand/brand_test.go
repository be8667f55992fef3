package brand

import (
	"testing"

	"asterism/config"
)

func list() *List {
	return New([]config.Brand{
		{Names: []string{"paypal"}, Domains: []string{"paypal.*", "paypal-communication.com"}},
		{Names: []string{"microsoft", "office 365", "=outlook"}, Domains: []string{"microsoft.*", "outlook.com"}},
		{Names: []string{"dhl", "dhl paket"}, Domains: []string{"dhl.*"}},
		{Names: []string{"instagram"}, Domains: []string{"instagram.com"}},
		{Names: []string{"wells fargo"}, Domains: []string{"wellsfargo.com"}},
		{Names: []string{"crédit agricole"}, Domains: []string{"credit-agricole.fr"}},
	})
}

func TestInName(t *testing.T) {
	tests := []struct{ name, want string }{
		{"PayPal Service", "paypal"},
		{"PayPaI", "paypal"}, // capital i
		{"Pаypаl", "paypal"}, // Cyrillic а
		{"P\u200bay\u200bPal", "paypal"},
		{"𝐏𝐚𝐲𝐏𝐚𝐥 Support", "paypal"},
		{"Micros0ft account team", "microsoft"},
		{"Office 365 Admin", "microsoft"},
		{"Outlook", "microsoft"},
		{"A new outlook on life", ""},
		{"lnstagram Help", "instagram"},
		{"DHL", "dhl"},
		{"Dhi Kumar", ""}, // too short for looks
		{"WELLS FARGO Online", "wells fargo"},
		{"Fargo Wells", ""},
		{"Credit Agricole", "crédit agricole"},
		{"Paypalooza", ""},
		{"", ""},
	}
	l := list()
	for _, tt := range tests {
		got := ""
		if b := l.InName(tt.name); b != nil {
			got = b.Name
		}
		if got != tt.want {
			t.Errorf("InName(%q) = %q, want %q", tt.name, got, tt.want)
		}
	}
}

func TestInTextLeavesEverydayWordsAlone(t *testing.T) {
	l := list()
	if b := l.InText("Outlook"); b != nil {
		t.Errorf("an everyday word counts in a text: %v", b)
	}
	if b := l.InText("Your Microsoft account"); b == nil {
		t.Error("Microsoft not found")
	}
}

func TestOwner(t *testing.T) {
	owned := []string{"paypal.com", "mail.paypal.com", "paypal.de", "paypal.co.uk", "x.paypal-communication.com", "dhl.de"}
	foreign := []string{"paypal.top", "paypal.tk", "paypal.com.example.top", "notpaypal.com",
		"paypal-communication.com.example.net",
		"paypal.web.app", "example.com", ""}
	l := list()
	for _, h := range owned {
		if l.Owner(h, Domain(h)) == nil {
			t.Errorf("Owner(%q) = nil", h)
		}
	}
	for _, h := range foreign {
		if b := l.Owner(h, Domain(h)); b != nil {
			t.Errorf("Owner(%q) = %s", h, b.Name)
		}
	}
}

func TestPoses(t *testing.T) {
	tests := []struct{ host, want string }{
		{"paypal-security.com", "paypal"},
		{"secure.paypal-login.example.com", "paypal"},
		{"paypal.com.example.top", "paypal"},
		{"paypa1.com", "paypal"},
		{"xn--pypal-4ve.com", "paypal"}, // pаypal with a Cyrillic а
		{"paypal.top", "paypal"},
		{"paypal.web.app", "paypal"},
		{"paypalsupport.com", "paypal"},
		{"mypaypal.net", "paypal"},
		{"microsft-x.com", ""}, // a slip within one label only
		{"microsfot.com", "microsoft"},
		{"rnicrosoft.com", "microsoft"},
		{"wells-fargo-alerts.com", "wells fargo"},
		{"paypal.com", ""},
		{"www.paypal.de", ""},
		{"paypalooza.com", ""},
		{"microsoft.narvar.com", ""}, // a service works for the firm
		{"example.com", ""},
		{"192.0.2.1", ""},
		{"", ""},
	}
	l := list()
	for _, tt := range tests {
		got := ""
		if b := l.Poses(tt.host, Domain(tt.host)); b != nil {
			got = b.Name
		}
		if got != tt.want {
			t.Errorf("Poses(%q) = %q, want %q", tt.host, got, tt.want)
		}
	}
}

func BenchmarkPoses(b *testing.B) {
	l := list()
	const host = "click.newsletter.example.com"
	domain := Domain(host)
	for b.Loop() {
		l.Poses(host, domain)
	}
}

func BenchmarkInText(b *testing.B) {
	l := list()
	text := "Dear reader, this is the weekly letter of the garden club: what is in bloom, what to sow now, and where we " +
		"meet."
	for b.Loop() {
		l.InText(text)
	}
}
