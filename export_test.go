package resthook

import (
	"bytes"
	"net"
	"net/http"
	"time"
)

// What the tests look at from outside the package.

// MaskURL is maskURL.
func MaskURL(raw string) string { return maskURL(raw) }

// RetryAfter is retryAfter.
func RetryAfter(header string, now time.Time) time.Duration { return retryAfter(header, now) }

// ReadAnswer reads and judges an answer as an attempt does.
func ReadAnswer(resp *http.Response, limit int64) ([]byte, error) {
	var b bytes.Buffer
	body, err := readAnswer(&b, resp, limit)
	if err == nil {
		err = judge(resp, body)
	}
	return body, err
}

// SeeAnswer lets a connection read all there is and says what it made of it.
func SeeAnswer(conn net.Conn) (began bool, status int) {
	c := &wireConn{Conn: conn}
	c.expect()
	for buf := make([]byte, 7); ; {
		if _, err := c.Read(buf); err != nil {
			return c.answer()
		}
	}
}

// Admissions is how many answers the client remembers.
func (c *Client) Admissions() int {
	c.admitted.mu.Lock()
	defer c.admitted.mu.Unlock()
	return len(c.admitted.known)
}

// changes is take with buffers of its own.
func (r Rule) changes(body, answer []byte) []member { return r.take(body, answer, new(buffers)) }

// ReadSecrets is readSecrets.
func ReadSecrets(given ...Secret) ([][]byte, error) { return readSecrets(given) }

// Signature is signature.
func Signature(keys [][]byte, id string, at time.Time, body string) string {
	return signature(keys, stamp{id: id, time: at}, []byte(body))
}
