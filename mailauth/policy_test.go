package mailauth

import "testing"

func TestParseRecord(t *testing.T) {
	for text, want := range map[string]*record{
		"v=DMARC1; p=reject":                         {policy: "reject"},
		"v=DMARC1;p=reject;":                         {policy: "reject"},
		"v = DMARC1 ; p = Reject ; ;":                {policy: "reject"},
		"v=DMARC1; P=QUARANTINE; SP=None; np=REJECT": {policy: "quarantine", subdomain: "none", missing: "reject"},
		"v=DMARC1; p=reject; adkim=S; aspf=s":        {policy: "reject", strictDKIM: true, strictSPF: true},
		"v=DMARC1; p=reject; adkim=R; aspf=r":        {policy: "reject"},
		"v=DMARC1; p=reject; adkim=; aspf=strict; pct=; rf=; ri=; fo=; ruf=; rua=; sp=": {policy: "reject"},
		"v=DMARC1; p=reject; adkim=x; pct=all; rf=iodef; ri=-1; fo=2; foo; =; np=no":    {policy: "reject"},
		"v=DMARC1; p=reject; pct=0":                                           {policy: "reject", softer: true},
		"v=DMARC1; p=reject; pct=50":                                          {policy: "reject"},
		"v=DMARC1; p=reject; t=Y":                                             {policy: "reject", softer: true},
		"v=DMARC1; p=reject; p=none":                                          {policy: "reject"},
		"v=DMARC1; rua=mailto:a@b.example":                                    {policy: "none", haveReceiver: true},
		"v=DMARC1; p=perhaps; rua=mailto:a@b.example!10m, https://b.example/": {policy: "none", haveReceiver: true},
		"v=DMARC1; p=reject; sp=perhaps; rua=mailto:a@b.example":              {policy: "none", haveReceiver: true},
		"v=DMARC1; p=none; rua=nonsense":                                      {policy: "none"},
		"v=DMARC2; p=reject":                                                  nil,
		"v=DMARC10; p=reject":                                                 nil,
		"v=dmarc1; p=reject":                                                  nil,
		"p=reject; v=DMARC1":                                                  nil,
		"v=DMARC1 p=reject":                                                   nil,
		"v=spf1 -all":                                                         nil,
		"":                                                                    nil,
	} {
		got, err := parseRecord(text)
		if err != nil || (got == nil) != (want == nil) || got != nil && *got != *want {
			t.Errorf("%q: %+v, %v, want %+v", text, got, err, want)
		}
	}
	for _, text := range []string{"v=DMARC1", "v=DMARC1; p=", "v=DMARC1; p=perhaps", "v=DMARC1; p=reject; sp=perhaps",
		"v=DMARC1; rua=", "v=DMARC1; rua=nonsense",
		"v=DMARC1; rua=mailto:"} {
		if got, err := parseRecord(text); err == nil {
			t.Errorf("%q: %+v", text, got)
		}
	}
}

// FuzzRecord reads DMARC records as strangers publish them.
func FuzzRecord(f *testing.F) {
	for _, seed := range []string{"v=DMARC1; p=reject; sp=none; adkim=r; aspf=S; pct=50; rua=mailto:a@b.example",
		"v=DMARC1;p=Reject;np=;rua=", "v=DMARC1; p =; ;=", "v=DMARC1"} {
		f.Add(seed)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := parseRecord(text)
		if r != nil && (err != nil || policyOf(r.policy) != r.policy || r.policy == "") {
			t.Errorf("%q: %+v, %v", text, r, err)
		}
	})
}
