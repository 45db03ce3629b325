package inspector

import (
	"maps"
	"net/http"
	"slices"
	"strings"

	"github.com/wcskit/resthook/cmd/resthook/internal/mask"
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

// shownValue is the value of a header without its secret. Of an authorization that
// has no scheme, nothing is left.
func shownValue(name, value string) string {
	shown := mask.Header(name, value)
	switch scheme, rest, masked := strings.Cut(shown, " ***"); {
	case !masked || rest != "":
		return shown
	case slices.Contains([]string{"WCS", "Basic", "Bearer", "Digest"}, scheme):
		return shown
	}
	return "***"
}
