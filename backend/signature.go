package backend

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/internal/signature"
)

const (
	// defaultMaxAge is what the libraries of Standard Webhooks allow. A media server
	// signs each attempt with its own time, so a hook that has waited in a queue is not
	// too old.
	defaultMaxAge = 5 * time.Minute
	// maxAhead is how far the media server's clock may be ahead.
	maxAhead = 5 * time.Minute
)

// WithSignature lets in only hooks with a signature of Standard Webhooks
// (standardwebhooks.com) under one of the secrets: HMAC-SHA256 of id, timestamp
// and body. A secret is the key in base64, with or without "whsec_" before it; give the
// old and the new one while it changes. A hook is answered with 403 if it is not signed,
// signed with another secret, older than [WithMaxAge], or more than 5 minutes ahead. The
// method, the sequence number and [resthook.HeaderCreated] are not signed: use https.
//
// A signed hook that was intercepted and is replayed is a repeat, which no handler sees
// while the first one is remembered. With [WithoutRepeats], or if the limits of
// [WithRepeats] make it forgotten sooner, it is handled again until it is too old. A secret
// that is empty or malformed is an error. Default: signatures are not checked.
func WithSignature(secrets ...resthook.Secret) Option {
	return func(o *options) error {
		if len(secrets) == 0 {
			return errors.New("signatures without a secret")
		}
		for i, secret := range secrets {
			key, err := signature.Key(secret.Reveal())
			if err != nil {
				return fmt.Errorf("signing secret %d of %d is %w", i+1, len(secrets), err)
			}
			o.secrets = append(o.secrets, key)
		}
		return nil
	}
}

// WithMaxAge sets how old a signed hook may be, by its timestamp, which is the time of the
// attempt. Default: 5 minutes.
func WithMaxAge(age time.Duration) Option {
	return func(o *options) error {
		if age < time.Second {
			return fmt.Errorf("a greatest age of %v: less than a second", age)
		}
		o.maxAge = age
		return nil
	}
}

func signatureCheck(keys [][]byte, maxAge time.Duration) check {
	return func(header http.Header) (verify, error) {
		id, stamp := header.Get(resthook.HeaderID), header.Get(resthook.HeaderTimestamp)
		sums := signature.Sums(header.Get(resthook.HeaderSignature))
		if id == "" || len(sums) == 0 {
			return nil, &refusal{http.StatusForbidden, "not signed"}
		}
		if err := checkAge(stamp, maxAge); err != nil {
			return nil, err
		}
		return func(body []byte) error {
			sum := func(key []byte) []byte { return signature.Sum(key, id, stamp, body) }
			if !signature.Match(keys, sum, sums...) {
				return &refusal{http.StatusForbidden, "wrong signature"}
			}
			return nil
		}, nil
	}
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
