package mask

import (
	"slices"
	"strings"
	"unicode"
)

// Secret reports whether the name of a header, a property or a parameter is a secret's.
// Case and punctuation do not matter.
func Secret(name string) bool {
	whole := strings.Map(letter, name)
	return slices.Contains(wholes(), whole) ||
		slices.ContainsFunc(parts(), func(part string) bool { return strings.Contains(whole, part) }) ||
		slices.ContainsFunc(wordsOf(name), func(word string) bool { return slices.Contains(words(), word) })
}

// wholes are secret names as a whole. Session descriptions contain the keys of media, SIP
// messages contain credentials.
func wholes() []string {
	return []string{"aclauth", "sdp", "sipsdp", "sipmessageraw", "sipcontactparams", "rtmpurl", "dtmf"}
}

// parts make a name secret anywhere in it.
func parts() []string {
	return []string{
		"password", "passwd", "passwrd", "passphrase", "passcode", "pwd", "secret", "token", "credential", "authorization", "authkey",
		"apikey", "accesskey", "privatekey", "privkey", "secretkey", "sessionkey", "signingkey", "cookie", "signature",
	}
}

// words make a name secret if they are a word of it: X-Auth, but not author.
func words() []string {
	return []string{"auth", "bearer", "hmac", "jwt", "otp", "pass", "pin", "psk", "pw", "sig"}
}

// wordsOf are the words of a name in lower case: sip, auth and name for sipAuthName.
func wordsOf(name string) []string {
	var b strings.Builder
	small := false
	for _, r := range name {
		if !unicode.IsLetter(r) || unicode.IsUpper(r) && small {
			b.WriteByte(' ')
		}
		small = unicode.IsLower(r)
		if unicode.IsLetter(r) {
			b.WriteRune(unicode.ToLower(r))
		}
	}
	return strings.Fields(b.String())
}

// secretInQuery reports whether a name is a secret's in the query of a URL, though it is an
// ordinary word elsewhere.
func secretInQuery(name string) bool {
	return slices.Contains([]string{"code", "key", "sig"}, strings.ToLower(name))
}

func letter(r rune) rune {
	if !unicode.IsLetter(r) {
		return -1
	}
	return unicode.ToLower(r)
}
