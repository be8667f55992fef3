package redis

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/url"
	"os"
	"strconv"
	"strings"
)

// Location is the place of a store by its bayes_path:
//
//	redis://[USER[:PASSWORD]@]HOST[:PORT][,HOST[:PORT]]...[/DATABASE][?OPTION=VALUE&...]
//
// rediss:// uses TLS. Several hosts are nodes of a Cluster, where any node leads to the others, or with the option
// sentinel the Sentinels. The password and its user may have %-escapes. Options:
//
//	prefix               of all keys; default asterism
//	sentinel             name of the master that the Sentinels watch
//	sentinel_user, sentinel_password
//	ca                   file of the certificates to trust; default: the system's
//	cert, key            files of a client certificate
//	servername           name in the server's certificate; default: the host
type Location struct {
	Hosts            []string // host:port
	User, Password   string
	Database         int
	Prefix           string
	Sentinel         string
	SentinelUser     string
	SentinelPassword string
	TLS              *tls.Config // nil without TLS

}

const (
	defaultPort         = "6379"
	defaultSentinelPort = "26379"
	defaultPrefix       = "asterism"
)

// IsURL reports whether a bayes_path is one for this package.
func IsURL(path string) bool {
	return strings.HasPrefix(path, "redis://") || strings.HasPrefix(path, "rediss://")
}

// ParseURL reads a bayes_path. Errors do not show the password.
func ParseURL(path string) (*Location, error) {
	scheme, rest, _ := strings.Cut(path, "://")
	if !IsURL(path) {
		return nil, fmt.Errorf("%s: not a redis:// or rediss:// URL", redact(path))
	}
	loc := &Location{Prefix: defaultPrefix}
	rest, query, _ := strings.Cut(rest, "?")
	authority, database, _ := strings.Cut(rest, "/")
	hosts := authority
	if i := strings.LastIndexByte(authority, '@'); i >= 0 {
		hosts = authority[i+1:]
		if err := loc.setUser(authority[:i]); err != nil {
			return nil, fmt.Errorf("%s: %w", redact(path), err)
		}
	}
	if database != "" {
		n, err := strconv.ParseUint(database, 10, 16)
		if err != nil {
			return nil, fmt.Errorf("%s: database %q is not a number", redact(path), database)
		}
		loc.Database = int(n)
	}
	err := loc.setOptions(query, scheme == "rediss")
	if err == nil {
		err = loc.setHosts(hosts)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", redact(path), err)
	}
	return loc, nil
}

func (loc *Location) setUser(text string) (err error) {
	user, password, both := strings.Cut(text, ":")
	if loc.User, err = url.PathUnescape(user); err == nil {
		loc.Password, err = url.PathUnescape(password)
	}
	if err != nil {
		return errors.New("user or password has a bad %-escape")
	}
	if !both {
		loc.Password = ""
	}
	return nil
}

func (loc *Location) setHosts(text string) error {
	port := defaultPort
	if loc.Sentinel != "" {
		port = defaultSentinelPort
	}
	for host := range strings.SplitSeq(text, ",") {
		if host == "" {
			return errors.New("a host is missing")
		}
		if _, _, err := net.SplitHostPort(host); err != nil {
			host = net.JoinHostPort(strings.Trim(host, "[]"), port)
		}
		if _, p, err := net.SplitHostPort(host); err != nil {
			return fmt.Errorf("bad host %q", host)
		} else if _, err := strconv.ParseUint(p, 10, 16); err != nil {
			return fmt.Errorf("bad port in %q", host)
		}
		loc.Hosts = append(loc.Hosts, host)
	}

	if len(loc.Hosts) > 1 && loc.Sentinel == "" && loc.Database != 0 {
		return errors.New("a Cluster has database 0 only")
	}
	return nil
}

func (loc *Location) setOptions(query string, secure bool) error {
	values, err := url.ParseQuery(query)
	if err != nil {
		return fmt.Errorf("bad options: %w", err)
	}
	files := map[string]string{}
	for name, v := range values {
		switch value := v[len(v)-1]; name {
		case "prefix":
			if value == "" || strings.ContainsAny(value, "{}") {
				return fmt.Errorf("bad prefix %q: it must not be empty nor have braces", value)
			}
			loc.Prefix = value
		case "sentinel":
			loc.Sentinel = value
		case "sentinel_user":
			loc.SentinelUser = value
		case "sentinel_password":
			loc.SentinelPassword = value
		case "ca", "cert", "key", "servername":
			if !secure {
				return fmt.Errorf("option %s needs rediss://", name)
			}
			files[name] = value
		default:
			return fmt.Errorf("unknown option %q", name)
		}
	}
	if secure {
		loc.TLS, err = tlsConfig(files)
	}
	return err
}

func tlsConfig(files map[string]string) (*tls.Config, error) {
	c := &tls.Config{MinVersion: tls.VersionTLS12, ServerName: files["servername"]}
	if name := files["ca"]; name != "" {
		pem, err := os.ReadFile(name)
		if err != nil {
			return nil, err
		}
		c.RootCAs = x509.NewCertPool()
		if !c.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("%s: no certificate in it", name)
		}
	}
	if files["cert"] != "" || files["key"] != "" {
		pair, err := tls.LoadX509KeyPair(files["cert"], files["key"])
		if err != nil {
			return nil, err
		}
		c.Certificates = []tls.Certificate{pair}
	}
	return c, nil
}

// redact returns a URL without what may be a secret: user, password and options.
func redact(path string) string {
	path, _, _ = strings.Cut(path, "?")
	scheme, rest, ok := strings.Cut(path, "://")
	if !ok {
		return path
	}
	if i := strings.LastIndexByte(rest, '@'); i >= 0 {
		rest = rest[i+1:]
	}
	return scheme + "://" + rest
}
