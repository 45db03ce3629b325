package backend

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"github.com/wcskit/resthook"
)

const (
	// defaultMaxAge lets in what a media server's queue has kept over an outage
	// (10 minutes, see resthook.WithEventAge), and five for two clocks.
	defaultMaxAge = 15 * time.Minute
	// maxAhead is how far the media server's clock may be ahead.
	maxAhead = 5 * time.Minute
)

// headerSignature has the signatures of a hook in the way of Standard Webhooks:
// "v1,<base64>", several with blanks between them.
const headerSignature = "Webhook-Signature"

// WithSignature lets in only hooks with a signature of Standard Webhooks
// (standardwebhooks.com) under one of the secrets: HMAC-SHA256 of id, timestamp
// and body. A secret is "whsec_" and the key in base64; give the old and the new
// one while it changes. A hook that is not signed, signed by another secret,
// older than [WithMaxAge] says or more than 5 minutes ahead is answered with
// 403. The method and the sequence number are not part of what is signed: let
// the media server come over https. A secret that is empty or malformed is an error. Default: signatures are
// not looked at.
func WithSignature(secrets ...resthook.Secret) Option {
	return func(o *options) error {
		if len(secrets) == 0 {
			return errors.New("signatures without a secret")
		}
		for i, secret := range secrets {
			key, err := signingKey(string(secret))
			if err != nil {
				return fmt.Errorf("signing secret %d of %d: %w", i+1, len(secrets), err)
			}
			o.secrets = append(o.secrets, key)
		}
		return nil
	}
}

// WithMaxAge sets how old a signed hook may be, by its timestamp. It must be
// longer than the media server keeps events over an outage of the backend.
// Default: 15 minutes, 5 more than the age that events can reach in memory.
func WithMaxAge(age time.Duration) Option {
	return func(o *options) error {
		if age < time.Second {
			return fmt.Errorf("a greatest age of %v: less than a second", age)
		}
		o.maxAge = age
		return nil
	}
}

func signingKey(secret string) ([]byte, error) {
	text, ok := strings.CutPrefix(secret, "whsec_")
	if !ok {
		return nil, errors.New(`it does not begin with "whsec_"`)
	}
	key, err := base64.StdEncoding.DecodeString(text)
	switch {
	case err != nil:
		return nil, errors.New(`what follows "whsec_" is not base64`)
	case len(key) == 0:
		return nil, errors.New("it is empty")
	}
	return key, nil
}

func signatureCheck(keys [][]byte, maxAge time.Duration) check {
	return func(header http.Header) (verify, error) {
		id, stamp := header.Get(resthook.HeaderID), header.Get(resthook.HeaderTime)
		sums := signatures(header)
		if id == "" || len(sums) == 0 {
			return nil, &refusal{http.StatusForbidden, "not signed"}
		}
		if err := checkAge(stamp, maxAge); err != nil {
			return nil, err
		}
		return func(body []byte) error {
			sum := func(key []byte) []byte { return signature(key, id, stamp, body) }
			if !signedBy(keys, sum, sums...) {
				return &refusal{http.StatusForbidden, "wrong signature"}
			}
			return nil
		}, nil
	}
}

// signatures are those that can be ours; other versions are for others.
func signatures(header http.Header) [][]byte {
	const most = 16 // of how many secrets a sender can sign with at once
	var sums [][]byte
	for one := range strings.FieldsSeq(header.Get(headerSignature)) {
		text, ok := strings.CutPrefix(one, "v1,")
		sum, err := base64.StdEncoding.DecodeString(text)
		if ok && err == nil && len(sums) < most {
			sums = append(sums, sum)
		}
	}
	return sums
}

func checkAge(stamp string, maxAge time.Duration) error {
	seconds, ok := unixOf(stamp)
	age := time.Since(time.Unix(seconds, 0))
	switch {
	case !ok:
		return &refusal{http.StatusForbidden, "no timestamp"}
	case age > maxAge:
		return &refusal{http.StatusForbidden, "the timestamp is too old"}
	case age < -maxAhead:
		return &refusal{http.StatusForbidden, "the timestamp is in the future"}
	}
	return nil
}

func signature(key []byte, id, stamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	return mac.Sum(nil)
}
