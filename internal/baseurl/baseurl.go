// Package baseurl reads a base URL: one that the names of methods are appended to. What is
// dialled, what a Host header says and what is printed all come from the URL that [Parse]
// returns, with its host in one spelling. A URL that its author cannot have meant, such as
// one with a placeholder in it, is an error.
package baseurl

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"strconv"
	"strings"
	"unicode"
)

// Parse reads an http or https URL with a real host and without a query or fragment. It
// removes a slash at the end. Its errors quote nothing of the URL but the port: any other
// part may be a secret in the wrong place.
func Parse(raw string) (*url.URL, error) {
	if err := checkText(raw); err != nil {
		return nil, err
	}
	base, err := url.Parse(strings.TrimSuffix(raw, "/"))
	switch {
	case err != nil && !hasScheme(raw), err == nil && base.Scheme != "http" && base.Scheme != "https":
		return nil, errors.New("it does not begin with http:// or https://")
	case isEscape(err):
		return nil, errors.New("it does not parse: a % that two hexadecimal digits do not follow")
	case err != nil:
		return nil, errors.New("it does not parse: http://HOST:PORT/PATH is wanted")
	case base.Hostname() == "":
		return nil, errors.New("no host between two slashes and the path")
	case base.User != nil && base.User.Username() == "":
		return nil, errors.New("an @ without a user name before it")
	}
	if base.Host, err = hostOf(base); err != nil {
		return nil, err
	}
	return base, checkPath(base.EscapedPath())
}

func isEscape(err error) bool {
	_, ok := errors.AsType[url.EscapeError](err)
	return ok
}

func hasScheme(raw string) bool {
	scheme, _, _ := strings.Cut(raw, ":")
	return strings.EqualFold(scheme, "http") || strings.EqualFold(scheme, "https")
}

// checkText checks the characters of a URL. Only ASCII is allowed: a host in another
// script can look like a different host.
func checkText(raw string) error {
	switch {
	case raw == "":
		return errors.New("it is empty")
	case strings.ContainsAny(raw, "?#"):
		return errors.New("a query or fragment, so that what is appended would not be part of the path")
	case strings.Count(raw, "@") > 1:
		return errors.New("more than one @: in a user name or password it is written %40")
	case strings.ContainsFunc(raw, func(r rune) bool { return r <= ' ' || r >= 0x7f || strings.ContainsRune("\"<>\\^`{|}", r) }):
		return errors.New("a character that no url has, such as a blank, a quote, an invisible one or the bracket of a placeholder; in a path it is written as %XX, a host of another script as xn--")
	}
	return nil
}

// hostOf is the URL's host and port in their canonical spelling.
func hostOf(u *url.URL) (string, error) {
	name, err := hostName(u)
	if err != nil {
		return "", err
	}
	port := u.Port()
	if port == "" && !strings.HasSuffix(u.Host, ":") {
		return name, nil // none given
	}
	if n, err := strconv.Atoi(port); err != nil || n < 1 || n > 65535 || port != strconv.Itoa(n) {
		return "", fmt.Errorf("%q is no port", port)
	}
	return name + ":" + port, nil
}

func hostName(u *url.URL) (string, error) {
	name := strings.ToLower(u.Hostname())
	if strings.HasPrefix(u.Host, "[") {
		addr, err := netip.ParseAddr(name)
		if err != nil || addr.Zone() != "" {
			return "", errors.New("what stands in brackets is no IPv6 address, or one with a zone, which no Host header carries")
		}
		return "[" + addr.String() + "]", checkAddress(addr)
	}
	bare := strings.TrimSuffix(name, ".")
	if looksNumeric(bare[strings.LastIndexByte(bare, '.')+1:]) {
		addr, err := netip.ParseAddr(name)
		if err != nil {
			return "", errors.New("its host ends in a number, but is no IPv4 address")
		}
		return name, checkAddress(addr)
	}
	return name, checkHostName(bare)
}

// checkAddress refuses 0.0.0.0 and ::. They are addresses to listen on; a connection to
// them would reach this machine.
func checkAddress(addr netip.Addr) error {
	if addr.Unmap().IsUnspecified() {
		return errors.New("its host is the address of no machine, which leads to this one")
	}
	return nil
}

// checkHostName checks a name as resolvers do. It allows underscores, which are in use.
func checkHostName(name string) error {
	if len(name) > 253 {
		return errors.New("its host is longer than 253 bytes")
	}
	for label := range strings.SplitSeq(name, ".") {
		switch {
		case label == "" || len(label) > 63:
			return errors.New("its host has an empty part, or one longer than 63 bytes")
		case strings.Trim(label, "abcdefghijklmnopqrstuvwxyz0123456789_-") != "":
			return errors.New("its host has a character that no host has")
		case strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-"):
			return errors.New("a part of its host begins or ends with a hyphen")
		}
	}
	return nil
}

// looksNumeric reports whether a resolver may read a host with this last label as an IPv4
// address. Some read 127.1 and 0x7f000001.
func looksNumeric(label string) bool {
	if hex, ok := strings.CutPrefix(label, "0x"); ok {
		return strings.Trim(hex, "0123456789abcdef") == ""
	}
	return label != "" && strings.Trim(label, "0123456789") == ""
}

// checkPath checks the path that a name is appended to. A path needs few characters; any
// other is probably a mistake.
func checkPath(path string) error {
	if path == "" {
		return nil
	}
	for element := range strings.SplitSeq(path[1:], "/") {
		text, err := url.PathUnescape(element)
		switch {
		case err != nil || strings.ContainsFunc(element, notInPath):
			return errors.New("its path has a character that is written as %XX there")
		case text == "":
			return errors.New("its path has an empty element")
		case text == "." || text == "..":
			return errors.New("its path has a dot segment")
		case strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }):
			return errors.New("its path has an invisible character")
		}
	}
	return nil
}

func notInPath(r rune) bool {
	return !strings.ContainsRune("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~%:+,=", r)
}
