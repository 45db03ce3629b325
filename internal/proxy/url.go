package proxy

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"os"
	"strings"
	"unicode"

	"github.com/wcskit/resthook/internal/baseurl"
)

// Fixed is the [Func] of one proxy. raw is http, https, socks5 or socks5h, a host, and a port
// and a user with a password if need be. With socks5 as with socks5h, the proxy looks up the
// name of the server. Its errors quote nothing of it.
func Fixed(raw string) (Func, error) {
	scheme, rest, _ := strings.Cut(raw, "://")
	if scheme = strings.ToLower(scheme); !isKnown(scheme) {
		return nil, errScheme
	}
	address, err := baseurl.Parse("http://" + rest)
	if err != nil {
		return nil, err
	}
	if address.Path != "" {
		return nil, errors.New("a path, which the URL of a proxy has not")
	}
	address.Scheme = scheme
	if err := checkUser(address); err != nil {
		return nil, err
	}
	return http.ProxyURL(address), nil
}

var errScheme = errors.New("it does not begin with http://, https://, socks5:// or socks5h://")

func isKnown(scheme string) bool {
	switch scheme {
	case "http", "https", "socks5", "socks5h":
		return true
	}
	return false
}

// checkUser judges what Basic auth (RFC 7617) and SOCKS5 (RFC 1929) can carry.
func checkUser(address *url.URL) error {
	const longest = 255
	name := address.User.Username()
	password, _ := address.User.Password()
	socks := strings.HasPrefix(address.Scheme, "socks5")
	switch {
	case strings.ContainsFunc(name+password, unicode.IsControl):
		return errors.New("a control character in the user name or password")
	case !socks && strings.Contains(name, ":"):
		return errors.New("a user name with a colon, which Basic auth can't carry")
	case socks && (len(name) > longest || len(password) > longest):
		return errors.New("a user name or password of over 255 bytes, which SOCKS5 can't carry")
	}
	return nil
}

// CheckEnvironment reports a variable that is set and is not the URL of a proxy: net/http would
// use no proxy at all.
func CheckEnvironment() error {
	for _, name := range []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"} {
		value := os.Getenv(name)
		if value == "" {
			continue
		}
		if !strings.Contains(value, "://") {
			value = "http://" + value // as net/http reads it
		}
		if _, err := Fixed(value); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return nil
}

// Environment is the [Func] of the variables HTTP_PROXY, HTTPS_PROXY and NO_PROXY, in capital
// or small letters, as net/http reads them once in a process. Its errors quote nothing of
// them.
func Environment(req *http.Request) (*url.URL, error) {
	address, err := http.ProxyFromEnvironment(req)
	switch {
	case err != nil:
		return nil, errors.New("the proxy that the environment names is not to be used")
	case address == nil:
		return nil, nil //nolint:nilnil // no proxy, as net/http has it
	}
	return address, nil
}
