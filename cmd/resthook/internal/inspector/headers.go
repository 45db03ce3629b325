package inspector

import (
	"maps"
	"net/http"
	"slices"
	"strings"
)

// shownHeaders are headers as they may be shown, by name: of those that hold a
// secret, only that they were there, and the scheme of an authorization.
func shownHeaders(header http.Header) [][2]string {
	const most, longest = 100, 1000
	shown := [][2]string{}
	for _, name := range slices.Sorted(maps.Keys(header)) {
		for _, value := range header[name] {
			if len(shown) < most {
				shown = append(shown, [2]string{cut(name, longest), cut(shownValue(name, value), longest)})
			}
		}
	}
	return shown
}

func shownValue(name, value string) string {
	if !holdsSecret(name) {
		return value
	}
	switch scheme, _, _ := strings.Cut(value, " "); scheme {
	case "WCS", "Basic", "Bearer", "Digest":
		return scheme + " ***"
	}
	return "***"
}

// holdsSecret tells whether the name of a header, or a word in it, is that of a
// secret. A signature is none: it tells nothing of its key.
func holdsSecret(name string) bool {
	return slices.ContainsFunc(strings.FieldsFunc(strings.ToLower(name), func(r rune) bool { return r == '-' || r == '_' }), func(word string) bool {
		switch word {
		case "authorization", "authentication", "cookie", "cookie2", "auth", "token", "secret", "password", "passwd", "key", "apikey", "credential", "credentials":
			return true
		}
		return strings.Contains(word, "token") || strings.Contains(word, "secret") || strings.Contains(word, "password")
	})
}
