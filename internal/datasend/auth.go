package datasend

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
)

// Credentials are what a sender has to give: HTTP Basic auth, a bearer token, or one of
// the two if both are set.
type Credentials struct{ Username, Password, Token string }

// Auth checks credentials. It holds hashes, so that a comparison takes the same time for
// texts of any length. A nil Auth allows everybody.
type Auth struct {
	basic, bearer *[sha256.Size]byte // of the text after the scheme; nil: not allowed
}

// NewAuth returns an error for credentials that allow nobody, or that no request can
// carry.
func NewAuth(c Credentials) (*Auth, error) {
	basic := c.Username != "" || c.Password != ""
	switch {
	case !basic && c.Token == "":
		return nil, errors.New("nobody is let in: give a name with a password, a token, or AllowAnyone")
	case basic && (c.Username == "" || c.Password == ""):
		return nil, errors.New("a name without a password, or the other way round")
	case strings.Contains(c.Username, ":"):
		return nil, errors.New("a colon in the name")
	case strings.ContainsAny(c.Token, " \t\r\n"):
		return nil, errors.New("white space in the token")
	}
	a := new(Auth)
	if basic {
		a.basic = sumOf(c.Username + ":" + c.Password)
	}
	if c.Token != "" {
		a.bearer = sumOf(c.Token)
	}
	return a, nil
}

func sumOf(text string) *[sha256.Size]byte {
	sum := sha256.Sum256([]byte(text))
	return &sum
}

// allows compares in constant time.
func (a *Auth) allows(header http.Header) bool {
	if a == nil {
		return true
	}
	given := header["Authorization"]
	if len(given) != 1 {
		return false
	}
	scheme, text, _ := strings.Cut(given[0], " ")
	switch {
	case strings.EqualFold(scheme, "Basic"):
		pair, err := base64.StdEncoding.DecodeString(text)
		return err == nil && equalSum(a.basic, string(pair))
	case strings.EqualFold(scheme, "Bearer"):
		return equalSum(a.bearer, text)
	}
	return false
}

func equalSum(want *[sha256.Size]byte, text string) bool {
	return want != nil && subtle.ConstantTimeCompare(want[:], sumOf(text)[:]) == 1
}

// challenges are the values of the WWW-Authenticate header.
func (a *Auth) challenges() (list []string) {
	if a.basic != nil {
		list = append(list, `Basic realm="data/send", charset="UTF-8"`)
	}
	if a.bearer != nil {
		list = append(list, `Bearer realm="data/send"`)
	}
	return list
}
