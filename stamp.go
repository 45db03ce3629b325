package resthook

import (
	"crypto/rand"
	"net/http"
	"strconv"
	"sync/atomic"
	"time"
)

// stamp is what a backend needs to put hooks in order and to spot a repeat. It
// is the same on every attempt, but for the time of a signed hook, and travels as
// headers: the id and the time in
// the spelling of Standard Webhooks, the sequence, which that does not have, in
// one of ours.
type stamp struct {
	id       string
	sequence uint64 // 0: not in a session
	time     time.Time
	made     time.Time // where time is that of an attempt; else zero
}

// Headers of a hook, unless WithoutStamps.
const (
	// HeaderID is the id of a hook: the same over all attempts, and over
	// restarts of a durable queue. That of a session's hook is the id of its
	// connect, a dot and the sequence; a session that was resumed has another
	// in the place of its connect's.
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
	return b
}

// stamps makes the ids of one client: a random part that no other client has,
// and a number. The id of a session's hook is that of its connect and the hook's
// sequence: which session a hook is of needs no clock, though another has the
// same sessionId, and though it was resumed.
type stamps struct {
	boot string
	last atomic.Uint64
}

func (s *stamps) init() { s.boot = rand.Text() }

func (s *stamps) next() stamp {
	return stamp{id: s.boot + "." + strconv.FormatUint(s.last.Add(1), 10), time: time.Now()}
}
