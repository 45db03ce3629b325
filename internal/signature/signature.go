// Package signature makes the two signatures that a hook can carry: the one of Standard
// Webhooks (standardwebhooks.com), an HMAC-SHA256 of id, timestamp and body, and the WCS
// hash, an HMAC-MD5 of the body (docs/protocol.md, 4.4). The client and the backend both
// use it.
package signature

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"strings"
)

// version is the prefix of each signature of Standard Webhooks.
const version = "v1,"

// Key decodes a secret of Standard Webhooks: base64 with an optional prefix whsec_. Its
// error completes the sentence "the secret is ...".
func Key(secret string) ([]byte, error) {
	key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret, "whsec_"))
	switch {
	case err != nil:
		return nil, errors.New("not in base64, with whsec_ before it or not")
	case len(key) == 0:
		return nil, errors.New("empty")
	}
	return key, nil
}

// Sum is the HMAC-SHA256 of id.timestamp.body.
func Sum(key []byte, id, timestamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + timestamp + "."))
	mac.Write(body)
	return mac.Sum(nil)
}

// Header is the value of the header Webhook-Signature: a signature for each key, separated
// by blanks. It is empty without a key.
func Header(keys [][]byte, id, timestamp string, body []byte) string {
	var b []byte
	for _, key := range keys {
		if len(b) > 0 {
			b = append(b, ' ')
		}
		b = base64.StdEncoding.AppendEncode(append(b, version...), Sum(key, id, timestamp, body))
	}
	return string(b)
}

// Sums are the signatures in a Webhook-Signature header, at most 16. Other versions are
// ignored.
func Sums(header string) [][]byte {
	const most = 16
	var sums [][]byte
	for one := range strings.FieldsSeq(header) {
		text, ok := strings.CutPrefix(one, version)
		sum, err := base64.StdEncoding.DecodeString(text)
		if ok && err == nil && len(sums) < most {
			sums = append(sums, sum)
		}
	}
	return sums
}

// WCS is the WCS hash of a body.
func WCS(key, body []byte) []byte {
	mac := hmac.New(md5.New, key)
	mac.Write(body)
	return mac.Sum(nil)
}

// WCSText is the WCS hash in hexadecimal, as in the Authorization header.
func WCSText(key, body []byte) string { return hex.EncodeToString(WCS(key, body)) }

// Match reports whether one of the sums is that of one of the keys. It takes constant time.
func Match(keys [][]byte, sum func(key []byte) []byte, sums ...[]byte) bool {
	found := 0
	for _, key := range keys {
		want := sum(key)
		for _, got := range sums {
			found |= subtle.ConstantTimeCompare(want, got)
		}
	}
	return found == 1
}
