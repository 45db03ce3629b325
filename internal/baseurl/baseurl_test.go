package baseurl_test

import (
	"fmt"
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/baseurl"
)

func Example() {
	base, err := baseurl.Parse("HTTPS://Backend.Example:8443/rest/")
	fmt.Println(base, err)
	_, err = baseurl.Parse("https://<your-backend>/rest")
	fmt.Println(err != nil)
	// Output:
	// https://backend.example:8443/rest <nil>
	// true
}

func TestParseRefuses(t *testing.T) {
	t.Parallel()
	for raw, says := range map[string]string{
		"":                                "it is empty",
		"http://<your-backend>:8081/x":    "no url has",
		`http://"backend":8081`:           "no url has",
		`"http://backend"`:                "no url has",
		"'http://backend'":                "it does not begin with http://",
		"127.0.0.1:8081/x":                "it does not begin with http://",
		"http://'backend'":                "its host has a character",
		"http://${HOST}/rest":             "no url has",
		"http://$HOST/rest":               "its host has a character",
		"http://{host}/rest":              "no url has",
		"http://h/<app>":                  "no url has",
		"http://h/$APP":                   "written as %XX",
		" http://h":                       "no url has",
		"http://h ":                       "no url has",
		"http://h\n":                      "no url has",
		"http://a b":                      "no url has",
		"http://h/a b":                    "no url has",
		"http://h\x00":                    "no url has",
		"http://h\u200b/":                 "no url has",
		"http://\u202eh/":                 "no url has",
		"http://h\u00ad.example":          "no url has",
		"http://h\u3000":                  "no url has",
		"\ufeffhttp://h":                  "no url has",
		"http://h/\xff":                   "no url has",
		"http://h/%00":                    "its path has an invisible character",
		"http://h/%E2%80%AEx":             "its path has an invisible character",
		"http://h/ü":                      "written as %XX",
		`http:\\h\rest`:                   "no url has",
		`http://h\@evil`:                  "no url has",
		"http://h|x":                      "no url has",
		"http:/h":                         "no host",
		"http:h":                          "no host",
		"http//h":                         "it does not begin with http",
		"h:8081/rest":                     "it does not begin with http",
		"//h/rest":                        "it does not begin with http",
		"https:///h":                      "no host",
		"http://":                         "no host",
		"http://:80":                      "no host",
		"http://u@":                       "no host",
		"http://@h":                       "an @ without a user name",
		"http://:p@h":                     "an @ without a user name",
		"http://u:p@ss@h":                 "more than one @",
		"http://u/p@h":                    "written as %XX",
		"http://h%41":                     "does not parse",
		"http://h%2541":                   "its host has a character",
		"http://h%C3%BC":                  "its host has a character",
		"http://h:0":                      `"0" is no port`,
		"http://h:99999":                  `"99999" is no port`,
		"http://h:":                       `"" is no port`,
		"http://h:080":                    `"080" is no port`,
		"http://h:+80":                    "does not parse",
		"http://h:80:81":                  "does not parse",
		"http://::1/":                     "does not parse",
		"http://[::1":                     "does not parse",
		"http://::1]":                     "does not parse",
		"http://[fe80::1%25eth0]":         "zone",
		"http://[h]":                      "does not parse",
		"http://[::]":                     "the address of no machine",
		"http://[::ffff:0.0.0.0]:80":      "the address of no machine",
		"http://0.0.0.0:8081":             "the address of no machine",
		"http://0":                        "ends in a number",
		"http://127.1":                    "ends in a number",
		"http://0x7f000001":               "ends in a number",
		"http://127.0.0.01":               "ends in a number",
		"http://1.2.3.4.":                 "ends in a number",
		"http://256.1.1.1":                "ends in a number",
		"http://a..b":                     "an empty part",
		"http://.h":                       "an empty part",
		"http://.":                        "an empty part",
		"http://-h":                       "a hyphen",
		"http://h-.example":               "a hyphen",
		"http://h,g":                      "its host has a character",
		"http://h*":                       "its host has a character",
		"http://ａ＠ｂ":                      "no url has",
		"http://" + long("a", 64):         "longer than 63",
		"http://" + long("a.", 127) + "a": "longer than 253",
		"http://h/a//b":                   "an empty element",
		"http://h//":                      "an empty element",
		"http://h//a":                     "an empty element",
		"http://h/./a":                    "a dot segment",
		"http://h/../a":                   "a dot segment",
		"http://h/%2e%2e/a":               "a dot segment",
		"http://h/a?":                     "a query or fragment",
		"http://h/a?b=c":                  "a query or fragment",
		"http://h/a#":                     "a query or fragment",
		"http://h/a;b":                    "written as %XX",
		"http://h/%zz":                    "does not parse",
	} {
		_, err := baseurl.Parse(raw)
		assert.ErrorContains(t, err, says, "%q", raw)
	}
}

func long(text string, n int) string { return strings.Repeat(text, n) }

// The host gets its canonical spelling; user and password are kept as written.
func TestParse(t *testing.T) {
	t.Parallel()
	for raw, want := range map[string]string{
		"http://backend":                      "http://backend",
		"HTTP://Backend.Example:8081/Rest/":   "http://backend.example:8081/Rest",
		"http://u:p%40@my_backend/apps":       "http://u:p%40@my_backend/apps",
		"http://h./a":                         "http://h./a",
		"http://[0:0:0:0:0:0:0:1]:81":         "http://[::1]:81",
		"http://xn--bcher-kva.example/%C3%BC": "http://xn--bcher-kva.example/%C3%BC",
		"http://h/a%2Fb/%7ec:1+2,3=4":         "http://h/a%2Fb/%7ec:1+2,3=4",
	} {
		base, err := baseurl.Parse(raw)
		require.NoError(t, err, raw)
		assert.Equal(t, want, base.String(), raw)
	}
}

// The string of a parsed URL parses to the same URL.
func FuzzParse(f *testing.F) {
	for _, raw := range []string{"http://u:p@h:80/a%2Fb/", "HTTPS://[::1]/", "http://127.1", "http:///h", "http://h/%"} {
		f.Add(raw)
	}
	f.Fuzz(func(t *testing.T, raw string) {
		base, err := baseurl.Parse(raw)
		if err != nil {
			return
		}
		again, err := baseurl.Parse(base.String())
		require.NoError(t, err, "%q", raw)
		assert.Equal(t, base.String(), again.String())
		for _, r := range base.Hostname() {
			assert.True(t, r > ' ' && r < 0x7f, "%q", raw)
		}
		asWritten, err := url.Parse(raw)
		require.NoError(t, err)
		assert.Equal(t, base.User.String(), asWritten.User.String())
	})
}
