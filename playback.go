package resthook

import (
	"errors"
	"fmt"
	"net"
	"net/netip"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode"

	"github.com/wcskit/resthook/internal/redact"
)

// ParsePlayback makes the payload of playHLS or playRTSP of the URL that a player
// asked for: http and https mean HLS; rtsp, rtsps and rtspu mean RTSP (docs/protocol.md,
// 4.2).
//
// The name is the stream's, which is the folder of an HLS file, or for RTSP the
// URL in one spelling: without query, user, default port, empty path elements
// and a last element that names a track (trackID=1, streamid=0, stream=1 or
// track=1), with the host in small letters and escapes only where a path needs
// them. Its appKey picks the app; the token is in Custom under the name it has
// in the URL, "token" for HLS, client_acl_property_name for RTSP. The rest of
// the query is dropped. RTSP players append a slash and the track to the query
// too, so neither belongs to it: a token that ends in a slash is written with %2F.
//
// An error matches [ErrConfig] and shows no token: the URL has no host or another
// scheme, or its path a dot segment or a control character. A slash or
// a backslash may be escaped, as in the name of a stream that is a URL itself. Without
// its escapes the path may have no dot segment, and an HLS file may not be in another
// folder.
func (c *Client) ParsePlayback(rawURL string) (*Playback, error) {
	if !c.made() {
		return nil, fmt.Errorf("playback: %w", errNoClient)
	}
	u, err := url.Parse(rawURL)
	if err != nil || u.Host == "" {
		err = errors.New("not a url with a host")
	}
	var parts []string
	if err == nil {
		parts, err = elements(u)
	}
	if err != nil {
		return nil, fmt.Errorf("%w: playback of %s: %w", ErrConfig, redact.URL(rawURL), err)
	}
	if port := rtspPort(u.Scheme); port != "" {
		u.RawQuery = withoutTrack(u.RawQuery)
		return playback("RTSP", rtspName(u, parts, port), u.Query(), c.state.Load().cfg.ClientACLPropertyName), nil
	}
	if u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("%w: playback of %s: neither http nor rtsp", ErrConfig, redact.URL(rawURL))
	}
	name, err := streamOf(parts)
	if err != nil {
		return nil, fmt.Errorf("%w: playback of %s: %w", ErrConfig, redact.URL(rawURL), err)
	}
	return playback("HLS", name, u.Query(), "token"), nil
}

func playback(provider, name string, query url.Values, property string) *Playback {
	p := &Playback{Name: name, AppKey: query.Get("appKey"), MediaProvider: provider}
	if token := query.Get(property); token != "" {
		p.Custom = map[string]any{property: token}
	}
	return p
}

// elements are the parts of a URL's path without their escapes.
func elements(u *url.URL) ([]string, error) {
	var parts []string
	for part := range strings.SplitSeq(u.EscapedPath(), "/") {
		text, err := url.PathUnescape(part)
		switch {
		case err != nil || strings.ContainsFunc(text, unicode.IsControl):
			return nil, errors.New("a control character in its path")
		case hasDots(text):
			return nil, errors.New("a dot segment in its path")
		case text != "":
			parts = append(parts, text)
		}
	}
	return parts, nil
}

// hasDots reports whether a part has a dot segment for a reader that removes the escapes
// before it looks for slashes.
func hasDots(text string) bool {
	for piece := range strings.FieldsFuncSeq(text, isSlash) {
		if piece == "." || piece == ".." {
			return true
		}
	}
	return false
}

func isSlash(r rune) bool { return r == '/' || r == '\\' }

// streamOf is the stream of an HLS file: cam for /cam/cam.m3u8 and /cam/7.ts. A file
// name with a slash in it would be in another folder for a server that removes the escapes;
// only a stream with such a name may have one.
func streamOf(parts []string) (string, error) {
	if len(parts) == 0 {
		return "", nil
	}
	folder, file := strings.Join(parts[:len(parts)-1], "/"), parts[len(parts)-1]
	name := strings.TrimSuffix(file, path.Ext(file))
	switch {
	case strings.ContainsFunc(file, isSlash) && name != folder:
		return "", errors.New("an escaped slash in its file")
	case folder == "":
		return name, nil
	}
	return folder, nil
}

// rtspPort is the port that a scheme of RTSP means; "" for other schemes.
func rtspPort(scheme string) string {
	switch scheme {
	case "rtsp", "rtspu":
		return "554"
	case "rtsps":
		return "322"
	}
	return ""
}

// rtspName is the name of a stream in one spelling, however a player wrote it.
func rtspName(u *url.URL, parts []string, defaultPort string) string {
	for len(parts) > 1 && isTrack(parts[len(parts)-1]) {
		parts = parts[:len(parts)-1]
	}
	b := []byte(u.Scheme + "://" + hostAndPort(u, defaultPort))
	for _, part := range parts {
		b = appendElement(append(b, '/'), part)
	}
	return string(b)
}

// canonicalName is rtspName of a name that may not be a URL, or may have a token
// in it.
func canonicalName(name string) string {
	u, err := url.Parse(name)
	if err != nil || u.Host == "" || rtspPort(u.Scheme) == "" || u.RawQuery != "" || u.Fragment != "" || u.User != nil {
		return name
	}
	parts, err := elements(u)
	if err != nil {
		return name
	}
	return rtspName(u, parts, rtspPort(u.Scheme))
}

func hostAndPort(u *url.URL, defaultPort string) string {
	host := strings.TrimSuffix(strings.ToLower(u.Hostname()), ".")
	if addr, err := netip.ParseAddr(host); err == nil {
		host = addr.String()
	}
	if port := strings.TrimLeft(u.Port(), "0"); port != "" && port != defaultPort {
		return net.JoinHostPort(host, port)
	}
	if strings.Contains(host, ":") {
		return "[" + host + "]"
	}
	return host
}

// appendElement appends an element of a path, with escapes where it needs them.
func appendElement(b []byte, text string) []byte {
	const plain = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~!$&'()*+,;=:@"
	for i := range len(text) {
		if c := text[i]; strings.IndexByte(plain, c) >= 0 {
			b = append(b, c)
		} else {
			b = fmt.Appendf(b, "%%%02X", c)
		}
	}
	return b
}

// isTrack reports whether an element of an RTSP URL names a track of the stream,
// as players ask for it after DESCRIBE.
func isTrack(element string) bool {
	name, number, ok := strings.Cut(element, "=")
	return ok && number != "" && strings.Trim(number, "0123456789") == "" &&
		slices.Contains([]string{"trackid", "streamid", "stream", "track"}, strings.ToLower(name))
}

// withoutTrack is a query less what RTSP players append to it.
func withoutTrack(query string) string {
	for {
		query = strings.TrimRight(query, "/")
		slash := strings.LastIndexByte(query, '/')
		if slash < 0 || !isTrack(query[slash+1:]) {
			return query
		}
		query = query[:slash]
	}
}
