package resthook

import (
	"crypto/hmac"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"strings"
)

// HeaderSignature is the header of a hook that is signed as Standard Webhooks
// has it: "v1," and the HMAC-SHA256 of id.timestamp.body in base64, one for each
// of [App.SigningSecrets], with blanks between them.
const HeaderSignature = "Webhook-Signature"

// readSecrets reads the keys of signatures.
func readSecrets(given []Secret) ([][]byte, error) {
	keys := make([][]byte, 0, len(given))
	for i, secret := range given {
		key, err := base64.StdEncoding.DecodeString(strings.TrimPrefix(secret.Reveal(), "whsec_"))
		switch {
		case secret.Reveal() == masked:
			return nil, fmt.Errorf("signing secret %d: %w", i+1, errMasked)
		case err != nil:
			return nil, fmt.Errorf("signing secret %d is not in base64, with whsec_ before it or not", i+1)
		case len(key) == 0:
			return nil, fmt.Errorf("signing secret %d is empty", i+1)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// signer returns what signs with the secrets, or nil where there are none. It
// holds their keys where no printer sees them, as [Secret] does.
func signer(given []Secret) (func(mark stamp, body []byte) string, error) {
	keys, err := readSecrets(given)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	return func(mark stamp, body []byte) string { return signature(keys, mark, body) }, nil
}

// signature is the value of HeaderSignature.
func signature(keys [][]byte, mark stamp, body []byte) string {
	var b []byte
	for i, key := range keys {
		if i > 0 {
			b = append(b, ' ')
		}
		mac := hmac.New(sha256.New, key)
		fmt.Fprintf(mac, "%s.%d.%s", mark.id, mark.time.Unix(), body)
		b = base64.StdEncoding.AppendEncode(append(b, "v1,"...), mac.Sum(nil))
	}
	return string(b)
}

// hasher returns what makes the WCS hash under a key: the HMAC-MD5 of the body,
// as hexadecimal digits (docs/protocol.md, 4.4).
func hasher(key Secret) func(body []byte) string {
	text := []byte(key.Reveal())
	return func(body []byte) string {
		mac := hmac.New(md5.New, text)
		mac.Write(body)
		return hex.EncodeToString(mac.Sum(nil))
	}
}
