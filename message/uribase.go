package message

import (
	"net/url"
	"strings"
)

// Bounds on a base, in octets: all relative references of a document repeat it.
const (
	maxBasePath = 256 // of the path, of which the beginning is kept
	maxBaseHost = 512 // with user information and port; there is no base beyond that
)

// parseBase reads what the relative references of an HTML document are relative to, the href of its <base>. It
// returns nil where that is no URL with a host. A long path is cut behind a slash.
func parseBase(href string) *url.URL {
	if href == "" {
		return nil
	}
	base, err := url.Parse(href[:min(len(href), maxURILen)])
	if err != nil || base.Host == "" || len(base.Host)+len(base.User.String()) > maxBaseHost {
		return nil
	}
	if path := base.EscapedPath(); len(path) > maxBasePath {
		base.RawPath = ""
		base.Path, _ = url.PathUnescape(path[:strings.LastIndexByte(path[:maxBasePath], '/')+1])
	}
	base.RawQuery, base.Fragment = "", ""
	return base
}
