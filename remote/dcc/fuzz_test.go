package dcc

import "testing"

func FuzzMetrics(f *testing.F) {
	f.Add("X-DCC-wuwien-Metrics: h.example 1290; bulk Body=many Fuz1=12\r\n\tFuz2=many rep=97%")
	f.Add("R\nRA\nX-DCC--Metrics:;;=")
	f.Fuzz(func(t *testing.T, out string) {
		m, err := parseMetrics(out)
		if m.Body < 0 || m.Body > Many || m.Reputation < -1 || m.Reputation > 100 || err != nil && (m.Bulk || m.Body > 0) {
			t.Errorf("%+v, %v", m, err)
		}
	})
}
