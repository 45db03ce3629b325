package resthook

import (
	"bytes"
	"crypto/rand"
	"fmt"
	"io"
	"maps"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"

	"github.com/wcskit/resthook/internal/signature"
)

// request is the request for a transport of the media server. It has no GetBody,
// so that net/http can't send it a second time by itself.
func (c *call) request() *http.Request {
	header := c.to.at.header.Clone()
	if c.to.app.hash != nil {
		header.Set("Authorization", "WCS "+c.to.app.hash(c.body))
	}
	mark := c.mark()
	mark.write(header)
	maps.Copy(header, c.header)
	if c.to.app.sign != nil {
		header.Set(HeaderSignature, c.to.app.sign(mark, c.body))
	}
	req := c.to.at.post(c.hook, header)
	req.Body, req.ContentLength = io.NopCloser(bytes.NewReader(c.body)), int64(len(c.body))
	return req
}

// appendRequest appends the request for the library's own transport.
func (c *call) appendRequest(b []byte) []byte {
	to := c.to.at
	b = append(append(append(b, to.line...), c.hook...), to.head...)
	b = strconv.AppendInt(append(b, "Content-Length: "...), int64(len(c.body)), 10)
	if c.to.app.hash != nil {
		b = append(append(b, "\r\nAuthorization: WCS "...), c.to.app.hash(c.body)...)
	}
	mark := c.mark()
	b = mark.append(b)
	b = appendHeader(b, c.header)
	if c.to.app.sign != nil {
		b = append(append(b, "\r\n"+HeaderSignature+": "...), c.to.app.sign(mark, c.body)...)
	}
	return append(append(b, "\r\n\r\n"...), c.body...)
}

// mark is the stamp of an attempt. A signed one has the time of the attempt: a backend
// refuses an old signature, and events are tried for minutes.
func (c *call) mark() stamp {
	mark := c.stamp
	if c.to.app.sign != nil {
		mark.time, mark.made = time.Now(), mark.time
	}
	return mark
}

// stamp lets a backend put hooks in order and recognise a repeat. It is the same on every
// attempt, except the time of a signed hook. It is sent as headers: id and time as Standard
// Webhooks spells them, the sequence, which that does not have, in a header of ours.
type stamp struct {
	id        string
	sequence  uint64 // 0: not in a session
	time      time.Time
	made      time.Time // where time is that of an attempt; else zero
	recovered bool      // it was made for a process that ended without it
}

// Headers of a hook, unless WithoutStamps.
const (
	// HeaderID is the id of a hook: the same over all attempts, and over
	// restarts of a durable queue. For a hook of a session it is the id of its
	// connect, a dot and the sequence; a resumed session has another id in place
	// of its connect's. With a [Journal], the closing event of a session, a stream or a
	// call has the id of the hook that opened it and ".end".
	HeaderID = "Webhook-Id"
	// HeaderTimestamp is when the hook was handed to the library, in seconds since
	// 1970; of a hook that is signed, when the attempt began.
	HeaderTimestamp = "Webhook-Timestamp"
	// HeaderCreated is when a signed hook was handed to the library, in seconds
	// since 1970. It is not part of what is signed.
	HeaderCreated = "Resthook-Time"
	// HeaderSequence is the hook's place among those of its session, from 1. A
	// number that is missing was not sent, or was lost.
	HeaderSequence = "Resthook-Sequence"
	// HeaderRecovered is "true" for a closing event that a [Journal] kept, and that comes
	// in place of the one of a media server which ended without it. It has the id that the
	// other one has or would have had, no sequence, and [InfoRecovered] as its info.
	HeaderRecovered = "Resthook-Recovered"
)

func (s stamp) write(header http.Header) {
	if s.id == "" {
		return
	}
	header[HeaderID] = []string{s.id}
	header[HeaderTimestamp] = []string{strconv.FormatInt(s.time.Unix(), 10)}
	if !s.made.IsZero() {
		header[HeaderCreated] = []string{strconv.FormatInt(s.made.Unix(), 10)}
	}
	if s.sequence > 0 {
		header[HeaderSequence] = []string{strconv.FormatUint(s.sequence, 10)}
	}
	if s.recovered {
		header[HeaderRecovered] = []string{"true"}
	}
}

// append appends the headers, each behind the end of the line before.
func (s stamp) append(b []byte) []byte {
	if s.id == "" {
		return b
	}
	b = append(append(b, "\r\n"+HeaderID+": "...), s.id...)
	b = strconv.AppendInt(append(b, "\r\n"+HeaderTimestamp+": "...), s.time.Unix(), 10)
	if !s.made.IsZero() {
		b = strconv.AppendInt(append(b, "\r\n"+HeaderCreated+": "...), s.made.Unix(), 10)
	}
	if s.sequence > 0 {
		b = strconv.AppendUint(append(b, "\r\n"+HeaderSequence+": "...), s.sequence, 10)
	}
	if s.recovered {
		b = append(b, "\r\n"+HeaderRecovered+": true"...)
	}
	return b
}

// stamps makes the ids of one client: a random part that no other client has, and a
// number. The id of a session's hook is the id of its connect and the hook's sequence. So
// a hook belongs to one session only, also where another one has the same sessionId.
type stamps struct {
	boot string
	last atomic.Uint64
}

func (s *stamps) init() { s.boot = rand.Text() }

func (s *stamps) next() stamp {
	return stamp{id: s.boot + "." + strconv.FormatUint(s.last.Add(1), 10), time: time.Now()}
}

// HeaderSignature is the header of a hook that is signed as Standard Webhooks
// has it: "v1," and the HMAC-SHA256 of id.timestamp.body in base64, one for each
// of [App.SigningSecrets], with blanks between them.
const HeaderSignature = "Webhook-Signature"

// readSecrets reads the keys of signatures.
func readSecrets(given []Secret) ([][]byte, error) {
	keys := make([][]byte, 0, len(given))
	for i, secret := range given {
		if secret.Reveal() == masked {
			return nil, fmt.Errorf("signing secret %d: %w", i+1, errMasked)
		}
		key, err := signature.Key(secret.Reveal())
		if err != nil {
			return nil, fmt.Errorf("signing secret %d is %w", i+1, err)
		}
		keys = append(keys, key)
	}
	return keys, nil
}

// signer returns the function that signs with the secrets, or nil where there are none.
// Its keys are in a closure, where no printer sees them, as in [Secret].
func signer(given []Secret) (func(mark stamp, body []byte) string, error) {
	keys, err := readSecrets(given)
	if err != nil || len(keys) == 0 {
		return nil, err
	}
	return func(mark stamp, body []byte) string {
		return signature.Header(keys, mark.id, strconv.FormatInt(mark.time.Unix(), 10), body)
	}, nil
}
