package redis_test

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"fmt"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"asterism/store"
	"asterism/store/redis"
	"asterism/store/redis/redistest"
)

// documentedACL returns the arguments of the line in docs/redis.md that makes the least-privileged user, with its
// prefix and password replaced.
func documentedACL(t *testing.T, prefix, password string) []string {
	t.Helper()
	text, err := os.ReadFile("../../docs/redis.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if f := strings.Fields(line); len(f) > 2 && f[0] == "ACL" && f[1] == "SETUSER" {
			for i := range f {
				f[i] = strings.Replace(strings.Replace(f[i], "PASSWORD", password, 1), "{asterism:", "{"+prefix, 1)
			}
			return f
		}
	}
	t.Fatal("docs/redis.md has no line ACL SETUSER")
	return nil
}

// TestLeastPrivileges: the user that the documentation gives can do all that the suite does, and no other one gets in.
func TestLeastPrivileges(t *testing.T) {
	t.Parallel()
	server := redistest.Start(t)
	server.CLI(documentedACL(t, "test", "s3cr@t")...)
	server.CLI("ACL", "SETUSER", "default", "off")
	url := func(prefix string) string {
		return fmt.Sprintf("redis://spamd:s3cr%%40t@%s/?prefix=%s", server.Addr(), prefix)
	}
	conform(t, url, redis.Options{})
	open(t, server.URL(prefix()), redis.Options{User: "spamd", Password: "s3cr@t"}).Close()
	for _, bad := range []string{server.URL(prefix()), strings.Replace(url(prefix()), "%40", "", 1), url("others")} {
		if st, err := redis.Open(bad, redis.Options{}); err == nil {
			st.Close()
			t.Errorf("%s let in", bad)
		} else if strings.Contains(err.Error(), "s3cr") {
			t.Errorf("the error tells the password: %v", err)
		}
	}
}

// TestMissingPermission: what a user must not do is found out when the store is opened, not in the middle of a
// learning.
func TestMissingPermission(t *testing.T) {
	server := redistest.Start(t)
	url := fmt.Sprintf("redis://spamd:pw@%s/?prefix=%s", server.Addr(), prefix())
	for _, command := range []string{"xadd", "hset", "hdel", "hincrby", "unlink", "pexpire", "hlen", "evalsha"} {
		server.CLI(append(documentedACL(t, "test", "pw"), "-"+command)...)
		if st, err := redis.Open(url, redis.Options{}); err == nil {
			st.Close()
			t.Errorf("opened without permission to %s", command)
		} else if text := err.Error(); !strings.Contains(text, "permission") && !strings.Contains(text,
			"can't run this command") {
			t.Errorf("without permission to %s: %v", command, err)
		}
	}
}

func TestTLS(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	ca, cert, key := certificates(t, dir)
	port := redistest.FreePort(t)
	redistest.Start(t, "--tls-port", fmt.Sprint(port), "--tls-cert-file", cert, "--tls-key-file", key,
		"--tls-ca-cert-file", ca)
	url := fmt.Sprintf("rediss://127.0.0.1:%d/?prefix=%s", port, prefix())
	st := open(t, url+"&ca="+ca+"&cert="+cert+"&key="+key, redis.Options{})
	if _, err := st.Apply(store.Learning{Ham: 1}); err != nil {
		t.Error(err)
	}
	for name, bad := range map[string]string{
		"certificate of an authority that is not known": url + "&cert=" + cert + "&key=" + key,
		"no client certificate":                         url + "&ca=" + ca,
		"no TLS":                                        strings.Replace(url, "rediss", "redis", 1),
		"a CA file that is none":                        url + "&ca=" + key,
	} {
		if st, err := redis.Open(bad, redis.Options{}); err == nil {
			st.Close()
			t.Errorf("%s: no error", name)
		}
	}
}

// certificates writes an authority's certificate, and one for 127.0.0.1 with its key.
func certificates(t *testing.T, dir string) (ca, cert, key string) {
	t.Helper()
	caKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	authority := &x509.Certificate{SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: "test authority"},
		NotBefore: time.Now().Add(-time.Hour), NotAfter: time.Now().Add(time.Hour), IsCA: true, BasicConstraintsValid: true,
		KeyUsage: x509.KeyUsageCertSign}
	leaf := &x509.Certificate{SerialNumber: big.NewInt(2), Subject: pkix.Name{CommonName: "redis"},
		IPAddresses: []net.IP{net.IPv4(127, 0, 0, 1)},
		NotBefore:   authority.NotBefore, NotAfter: authority.NotAfter, KeyUsage: x509.KeyUsageDigitalSignature,
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth}}
	leafKey, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	write := func(name, kind string, der []byte, err error) string {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		file := filepath.Join(dir, name)
		if err := os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), 0o600); err != nil {
			t.Fatal(err)
		}
		return file
	}
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, &caKey.PublicKey, caKey)
	ca = write("ca.pem", "CERTIFICATE", der, err)
	der, err = x509.CreateCertificate(rand.Reader, leaf, authority, &leafKey.PublicKey, caKey)
	cert = write("cert.pem", "CERTIFICATE", der, err)
	der, err = x509.MarshalECPrivateKey(leafKey)
	return ca, cert, write("key.pem", "EC PRIVATE KEY", der, err)
}
