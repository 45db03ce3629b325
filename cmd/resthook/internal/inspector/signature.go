package inspector

import (
	"fmt"
	"net/http"
	"strconv"
	"time"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/internal/signature"
)

// signed is the result of checking a hook's Webhook-Signature.
type signed struct {
	verdict string // fits, wrong, none, or unknown if there is no secret to check it with
	note    string // why it is not fits
}

// signer makes and checks signatures of Standard Webhooks. The zero signer has no keys.
type signer struct{ keys [][]byte }

func newSigner(secrets []resthook.Secret) (signer, error) {
	var s signer
	for _, secret := range secrets {
		key, err := signature.Key(secret.Reveal())
		if err != nil {
			return s, fmt.Errorf("a signing secret that is %w", err)
		}
		s.keys = append(s.keys, key)
	}
	return s, nil
}

// check checks the signature of a hook that came at a time.
func (s signer) check(header http.Header, body []byte, at time.Time) signed {
	given := header.Get(resthook.HeaderSignature)
	switch {
	case given == "":
		return signed{verdict: "none"}
	case len(s.keys) == 0:
		return signed{verdict: "unknown", note: "there is no secret to check it with: see --sign"}
	}
	id, stamp := header.Get(resthook.HeaderID), header.Get(resthook.HeaderTimestamp)
	if id == "" || stamp == "" {
		return signed{"wrong", "Webhook-Id or Webhook-Timestamp is missing"}
	}
	sum := func(key []byte) []byte { return signature.Sum(key, id, stamp, body) }
	if !signature.Match(s.keys, sum, signature.Sums(given)...) {
		return signed{"wrong", "it was made with another secret, or of another id, timestamp or body"}
	}
	return age(stamp, at)
}

// age checks the timestamp of a signature that fits. Backends accept timestamps of the
// last five minutes.
func age(stamp string, at time.Time) signed {
	const most = 5 * time.Minute
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	old := at.Sub(time.Unix(seconds, 0)).Round(time.Second)
	switch {
	case err != nil:
		return signed{"wrong", "Webhook-Timestamp is no number of seconds"}
	case old > most:
		return signed{"wrong", fmt.Sprintf("it is %v old: backends refuse what is older than 5 minutes", old)}
	case old < -most:
		return signed{"wrong", fmt.Sprintf("it is %v ahead: look at the clocks", -old)}
	}
	return signed{verdict: "fits"}
}

// sign is the value of Webhook-Signature; empty without keys.
func (s signer) sign(id, stamp string, body []byte) string {
	return signature.Header(s.keys, id, stamp, body)
}
