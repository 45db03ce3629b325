package h1

import (
	"bufio"
	"bytes"
	"errors"
	"io"
	"net/http"
	"strconv"
)

// plainHead is the head that most backends send: status 200, a length, and no field that
// changes the body or the connection. It is read without an allocation. net/http reads all
// other heads.
type plainHead struct {
	length int64
	typed  bool // the content type is JSON; false: there is none
}

// readPlainHead reads a plain head if the buffer holds a whole one. Otherwise it reads
// nothing and returns false.
func readPlainHead(r *bufio.Reader) (plainHead, bool) {
	b, _ := r.Peek(r.Buffered()) // does not read
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

// take reads a line. It returns false for a field that is not plain or comes twice.
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
	return ok && isName(own)
}

func (h *plainHead) takeLength(value []byte) bool {
	const longest = 9 // digits that fit an int64 on any machine
	if len(value) == 0 || len(value) > longest {
		return false
	}
	h.length = 0
	for _, c := range value {
		if c < '0' || c > '9' {
			return false
		}
		h.length = h.length*10 + int64(c-'0')
	}
	return true
}

// isName reports whether the text can be a part of a field's name.
func isName(text []byte) bool {
	for _, c := range text {
		letter := c|' ' >= 'a' && c|' ' <= 'z'
		if !letter && (c < '0' || c > '9') && c != '-' && c != '_' {
			return false
		}
	}
	return len(text) > 0
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

// typedHeader is the header of an answer with a plain head.
var typedHeader = http.Header{"Content-Type": {"application/json"}} //nolint:gochecknoglobals // nothing writes to it

func (h plainHead) header() http.Header {
	if h.typed {
		return typedHeader
	}
	return nil
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

// peekLine returns the next line without consuming it, or the part of it that shows that
// it is not a status line.
func peekLine(r *bufio.Reader) ([]byte, error) {
	for n := 1; ; n = r.Buffered() + 1 {
		_, err := r.Peek(n)
		b, _ := r.Peek(r.Buffered())
		if line, _, whole := bytes.Cut(b, []byte{'\n'}); whole {
			return line, nil
		}
		switch {
		case len(b) > 0 && !canBegin(b), errors.Is(err, bufio.ErrBufferFull):
			return b, nil
		case err != nil:
			return nil, err
		}
	}
}

// canBegin reports whether the bytes can be the beginning of a status line.
func canBegin(line []byte) bool {
	const version = "HTTP/"
	return string(line[:min(len(line), len(version))]) == version[:min(len(line), len(version))]
}

// statusOf reads the status of a status line as net/http does. It is 0 if there is no valid
// one.
func statusOf(line []byte) int {
	_, rest, _ := bytes.Cut(line, []byte{' '})
	code, _, _ := bytes.Cut(bytes.TrimLeft(bytes.TrimRight(rest, "\r"), " "), []byte{' '})
	n, err := strconv.Atoi(string(code))
	if err != nil || len(code) != 3 || n < http.StatusContinue {
		return 0
	}
	return n
}

// isInterim reports whether another answer follows one with this status.
func isInterim(status int) bool {
	return status >= 100 && status < 200 && status != http.StatusSwitchingProtocols
}

// isHTTP2 reports whether the bytes begin with the first frame of an HTTP/2 server:
// SETTINGS or GOAWAY on stream 0.
func isHTTP2(b []byte) bool {
	const frame, settings, goAway = 9, 4, 7
	return len(b) >= frame && b[0] == 0 && b[1] == 0 && (b[3] == settings || b[3] == goAway) && bytes.Equal(b[5:frame], make([]byte, 4))
}
