package inspector

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/wcskit/resthook"
)

// signed is what a hook's Webhook-Signature is worth.
type signed struct {
	verdict string // fits, wrong, none, or unknown where there is no secret to check it with
	note    string // why it does not fit
}

// signer checks signatures of Standard Webhooks and makes them. The zero signer
// has no keys.
type signer struct{ keys [][]byte }

func newSigner(secrets []resthook.Secret) (signer, error) {
	var s signer
	for _, secret := range secrets {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret.Reveal(), "whsec_"))
		if err != nil || len(key) == 0 {
			return s, errors.New("a signing secret that is not in base64, with whsec_ before it or not")
		}
		s.keys = append(s.keys, key)
	}
	return s, nil
}

// check judges the signature of a hook that came at a time.
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
	if !s.fits(given, id, stamp, body) {
		return signed{"wrong", "it was made with another secret, or of another id, timestamp or body"}
	}
	return age(stamp, at)
}

func (s signer) fits(given, id, stamp string, body []byte) bool {
	for _, key := range s.keys {
		want := sumOf(key, id, stamp, body)
		for one := range strings.FieldsSeq(given) {
			text, ours := strings.CutPrefix(one, "v1,")
			sum, err := base64.StdEncoding.DecodeString(text)
			if ours && err == nil && hmac.Equal(sum, want) {
				return true
			}
		}
	}
	return false
}

// age judges the timestamp of a signature that fits. Backends take those of the
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

// sign is the value of Webhook-Signature; empty where there are no keys.
func (s signer) sign(id, stamp string, body []byte) string {
	var sums []string
	for _, key := range s.keys {
		sums = append(sums, "v1,"+base64.StdEncoding.EncodeToString(sumOf(key, id, stamp, body)))
	}
	return strings.Join(sums, " ")
}

func sumOf(key []byte, id, stamp string, body []byte) []byte {
	mac := hmac.New(sha256.New, key)
	mac.Write([]byte(id + "." + stamp + "."))
	mac.Write(body)
	return mac.Sum(nil)
}
