package pyzor

import "testing"

func FuzzResponse(f *testing.F) {
	f.Add([]byte("Code: 200\nDiag: OK\nPV: 2.1\nThread: 4711\nCount: 5\nWL-Count: 0\n\n"))
	f.Add([]byte("Code: 200\r\nThread: 1\r\n"))
	f.Add([]byte("Code: 99999999999\nThread: -1\nThread: 5\n"))
	f.Fuzz(func(t *testing.T, packet []byte) {
		r, err := parseResponse(packet)
		if (r == nil) != (err != nil) {
			t.Fatal("neither a response nor an error")
		}
		if err == nil && (r.number("Code") < 0 || r.number("Thread") < 0) {
			t.Errorf("response without code or thread: %v", r)
		}
		clip(r["Diag"])
	})
}

func FuzzOutput(f *testing.F) {
	f.Add("public.pyzor.org:24441\t(200, 'OK')\t5\t0\n")
	f.Add("\t200\t-1\t\t\n")
	f.Fuzz(func(t *testing.T, out string) {
		for _, c := range readOutput(out) {
			if c.Reported < 0 || c.Welcome < 0 {
				t.Errorf("%+v", c)
			}
		}
	})
}
