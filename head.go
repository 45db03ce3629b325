package resthook

import (
	"bufio"
	"bytes"
	"io"
	"net/http"
)

// plainHead is the head of an answer as most backends write it: 200, a length,
// and nothing that changes what the body is or what becomes of the connection.
// It is read without making anything. Every other head is net/http's to read, or
// to find fault with.
type plainHead struct {
	length int64
	typed  bool // the content type is JSON; else there was none
}

// readPlainHead takes a plain head out of the buffer, where it is there as a
// whole. Otherwise it takes nothing and returns false.
func readPlainHead(r *bufio.Reader) (plainHead, bool) {
	b, _ := r.Peek(r.Buffered()) // no more than is there
	end := bytes.Index(b, []byte("\r\n\r\n"))
	if end < 0 {
		return plainHead{}, false
	}
	status, lines, _ := bytes.Cut(b[:end+2], []byte("\r\n"))
	if !bytes.HasPrefix(status, []byte("HTTP/1.1 200 ")) || !isPrintable(status) {
		return plainHead{}, false
	}
	head := plainHead{length: -1}
	for len(lines) > 0 {
		var line []byte
		line, lines, _ = bytes.Cut(lines, []byte("\r\n"))
		if !head.take(line) {
			return plainHead{}, false
		}
	}
	if head.length < 0 {
		return plainHead{}, false
	}
	_, _ = r.Discard(end + 4)
	return head, true
}

// take reads a line. It returns false for one that is not plain, or that there
// was before.
func (h *plainHead) take(line []byte) bool {
	name, value, ok := bytes.Cut(line, []byte(": "))
	if !ok || !isPrintable(value) {
		return false
	}
	switch string(name) {
	case "Content-Length":
		return h.length < 0 && h.takeLength(value)
	case "Content-Type":
		kind, _, _ := bytes.Cut(value, []byte(";"))
		h.typed = string(kind) == "application/json" && !h.typed
		return h.typed
	case "Connection":
		return string(value) == "keep-alive"
	case "Date", "Server", "Keep-Alive", "Cache-Control", "Vary", "ETag", "Via":
		return true
	}
	own, ok := bytes.CutPrefix(name, []byte("X-"))
	return ok && checkName(string(own)) == nil
}

func (h *plainHead) takeLength(value []byte) bool {
	const longest = 9 // digits of what surely fits
	if len(value) == 0 || len(value) > longest {
		return false
	}
	h.length = 0
	for _, c := range value {
		if !isDigit(c) {
			return false
		}
		h.length = h.length*10 + int64(c-'0')
	}
	return true
}

// isPrintable reports whether the text is printable ASCII.
func isPrintable(text []byte) bool {
	for _, c := range text {
		if c < ' ' || c > '~' {
			return false
		}
	}
	return true
}

// typedHeader is what an answer with a plain head is known by.
var typedHeader = http.Header{"Content-Type": {"application/json"}} //nolint:gochecknoglobals // nothing writes to it

// response is the answer as net/http has it. body reads what follows the head.
func (h plainHead) response(body io.ReadCloser) http.Response {
	resp := http.Response{StatusCode: http.StatusOK, ContentLength: h.length, Body: body}
	if h.typed {
		resp.Header = typedHeader
	}
	return resp
}

// fixedBody is a body of a known length.
type fixedBody struct {
	from *bufio.Reader
	left int64
}

func (b *fixedBody) Read(p []byte) (int, error) {
	if b.left == 0 {
		return 0, io.EOF
	}
	n, err := b.from.Read(p[:min(int64(len(p)), b.left)])
	b.left -= int64(n)
	switch {
	case b.left == 0:
		return n, io.EOF
	case err == io.EOF:
		return n, io.ErrUnexpectedEOF
	}
	return n, err
}

// Close does nothing.
func (b *fixedBody) Close() error { return nil }
