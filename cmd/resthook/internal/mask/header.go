package mask

import "strings"

// Header is the value of a header as it may be shown. Of Authorization and of a
// signature it keeps how they are made.
func Header(name, value string) string {
	if !Secret(name) {
		return Text(value)
	}
	value = strings.TrimLeft(value, " \t")
	if scheme, _, found := strings.Cut(value, " "); found && strings.HasSuffix(strings.ToLower(name), "authorization") {
		return scheme + " " + stars
	}
	if version, _, found := strings.Cut(value, ","); found && len(version) <= 3 {
		return version + "," + stars
	}
	return stars
}

const stars = "***"
