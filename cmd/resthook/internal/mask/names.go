package mask

import (
	"slices"
	"strings"
	"unicode"
)

// Secret reports by its name whether a header, a property or a parameter holds what
// nobody should read. Capitals, dashes and the like do not matter.
func Secret(name string) bool {
	name = strings.Map(letter, name)
	return slices.Contains(wholes(), name) || slices.ContainsFunc(parts(), func(part string) bool { return strings.Contains(name, part) })
}

// wholes are secret under exactly that name. Session descriptions hold the keys of
// media, and SIP messages credentials.
func wholes() []string {
	return []string{"auth", "pass", "pin", "jwt", "aclauth", "sdp", "sipsdp", "sipmessageraw", "sipcontactparams", "rtmpurl", "dtmf"}
}

// parts make a name secret wherever they stand in it.
func parts() []string {
	return []string{
		"password", "passwd", "passphrase", "pwd", "secret", "token", "credential", "authorization", "authkey",
		"apikey", "accesskey", "privatekey", "secretkey", "cookie", "signature",
	}
}

func letter(r rune) rune {
	if !unicode.IsLetter(r) {
		return -1
	}
	return unicode.ToLower(r)
}
