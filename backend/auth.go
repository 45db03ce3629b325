package backend

import (
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"net/http"
	"strings"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/internal/signature"
)

// WithHash lets in only hooks with the WCS hash of their body under one of the
// keys: the media server's rest_hook_secret_key, or the old and the new one
// while it changes (docs/protocol.md, 4.4). Any other hook is answered with 403.
// The hash protects neither the time nor the method, so that a hook can be replayed:
// WithSignature protects the time. An empty key is an error. Default: the hash is
// not checked.
func WithHash(keys ...resthook.Secret) Option {
	return func(o *options) error {
		if len(keys) == 0 {
			return errors.New("the WCS hash without a key")
		}
		for _, key := range keys {
			switch key.Reveal() {
			case "":
				return errors.New("the WCS hash with an empty key")
			case masked:
				return errors.New("the WCS hash with a key that was masked")
			}
			o.hashKeys = append(o.hashKeys, []byte(key.Reveal()))
		}
		return nil
	}
}

// masked is how a secret is printed: a secret with this value was copied from a log.
const masked = "***"

func hashCheck(keys [][]byte) check {
	return func(header http.Header) (verify, error) {
		text, ok := credentials(header, "WCS")
		sum, err := hex.DecodeString(text)
		if !ok || err != nil {
			return nil, &refusal{http.StatusForbidden, "no WCS hash"}
		}
		return func(body []byte) error {
			if !signature.Match(keys, func(key []byte) []byte { return signature.WCS(key, body) }, sum) {
				return &refusal{http.StatusForbidden, "wrong WCS hash"}
			}
			return nil
		}, nil
	}
}

// credentials is what follows the scheme in the one Authorization header.
func credentials(header http.Header, scheme string) (string, bool) {
	values := header["Authorization"]
	if len(values) != 1 {
		return "", false
	}
	given, text, _ := strings.Cut(values[0], " ")
	return text, strings.EqualFold(given, scheme)
}

// WithBasicAuth lets in only hooks with this name and password (HTTP Basic
// auth), compared in constant time. Any other hook is answered with 401. A name that
// is empty or has a colon, and an empty password, are errors. Default: Basic auth is
// not checked.
func WithBasicAuth(name string, password resthook.Secret) Option {
	return func(o *options) error {
		switch {
		case name == "" || password.Reveal() == "":
			return errors.New("basic auth with an empty name or password")
		case password.Reveal() == masked:
			return errors.New("basic auth with a password that was masked")
		case strings.Contains(name, ":"):
			return errors.New("basic auth with a colon in the name")
		case o.basic != nil:
			return errors.New("basic auth twice")
		}
		o.basic = &basicAuth{sha256.Sum256([]byte(name)), sha256.Sum256([]byte(password.Reveal()))}
		return nil
	}
}

// basicAuth has hashes, since comparing texts would reveal their lengths.
type basicAuth struct {
	name, password [sha256.Size]byte
}

func (b *basicAuth) check(header http.Header) (verify, error) {
	text, ok := credentials(header, "Basic")
	pair, err := base64.StdEncoding.DecodeString(text)
	if !ok || err != nil {
		return nil, &refusal{http.StatusUnauthorized, "no name and password"}
	}
	name, password, _ := strings.Cut(string(pair), ":")
	givenName, givenPassword := sha256.Sum256([]byte(name)), sha256.Sum256([]byte(password))
	// Both are always compared, for constant time.
	same := subtle.ConstantTimeCompare(b.name[:], givenName[:]) & subtle.ConstantTimeCompare(b.password[:], givenPassword[:])
	if same != 1 {
		return nil, &refusal{http.StatusUnauthorized, "wrong name or password"}
	}
	return nil, nil //nolint:nilnil // the body is not checked
}
