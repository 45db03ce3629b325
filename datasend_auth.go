package resthook

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
)

// dataAuth holds the sums of what a backend may give as credentials, which are
// as long for any. They are of the text that follows the scheme.
type dataAuth struct {
	basic, bearer *[sha256.Size]byte // nil: not taken
}

// newDataAuth returns nil for a config that lets everybody in.
func newDataAuth(cfg DataSendConfig) (*dataAuth, error) {
	basic, bearer := cfg.Username != "" || cfg.Password.Reveal() != "", cfg.Token.Reveal() != ""
	switch {
	case cfg.AllowAnyone && (basic || bearer):
		return nil, errors.New("credentials, and AllowAnyone")
	case cfg.AllowAnyone:
		return nil, nil //nolint:nilnil // nobody is asked
	case !basic && !bearer:
		return nil, errors.New("nobody is let in: give a name with a password, a token, or AllowAnyone")
	case basic && (cfg.Username == "" || cfg.Password.Reveal() == ""):
		return nil, errors.New("a name without a password, or the other way round")
	case strings.Contains(cfg.Username, ":"):
		return nil, errors.New("a colon in the name")
	case cfg.Password.Reveal() == masked || cfg.Token.Reveal() == masked:
		return nil, errMasked
	case strings.ContainsAny(cfg.Token.Reveal(), " \t\r\n"):
		return nil, errors.New("white space in the token")
	}
	a := new(dataAuth)
	if basic {
		a.basic = sumOf(cfg.Username + ":" + cfg.Password.Reveal())
	}
	if bearer {
		a.bearer = sumOf(cfg.Token.Reveal())
	}
	return a, nil
}

func sumOf(text string) *[sha256.Size]byte {
	sum := sha256.Sum256([]byte(text))
	return &sum
}

// allows compares in constant time.
func (a *dataAuth) allows(header http.Header) bool {
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

// challenges says what credentials are taken.
func (a *dataAuth) challenges() (list []string) {
	if a.basic != nil {
		list = append(list, `Basic realm="data/send", charset="UTF-8"`)
	}
	if a.bearer != nil {
		list = append(list, `Bearer realm="data/send"`)
	}
	return list
}
