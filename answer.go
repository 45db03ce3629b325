package resthook

import (
	"bytes"
	"compress/gzip"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
)

const (
	defaultAnswerLimit = 1 << 20 // bytes, after decompression
	maxAnswerLimit     = 1 << 30
	grownAnswer        = 64 << 10 // bytes made room for before they are there
	keptAnswer         = 4 << 10  // bytes of a refused answer that an error keeps
)

// errTooLarge is an answer over the limit.
var errTooLarge = errors.New("answer too large")

// readAnswer reads the whole body into b, at most limit bytes of it after
// decompression. A body that is read to its end leaves its connection fit for
// the next hook.
func readAnswer(b *bytes.Buffer, resp *http.Response, limit int64) ([]byte, error) {
	body, err := decompressed(resp)
	if err != nil {
		return nil, err
	}
	b.Reset()
	if n := resp.ContentLength; n > 0 {
		b.Grow(int(min(n, limit, grownAnswer)) + bytes.MinRead)
	}
	if _, err := b.ReadFrom(io.LimitReader(body, limit+1)); err != nil {
		return b.Bytes(), err
	}
	if int64(b.Len()) > limit {
		return b.Bytes()[:limit], fmt.Errorf("%w: over %d bytes", errTooLarge, limit)
	}
	return b.Bytes(), nil
}

// drain reads what is left of a body, at most limit bytes, so that its
// connection can be used again. It returns the first few KiB.
func drain(body io.Reader, limit int64) []byte {
	kept, err := io.ReadAll(io.LimitReader(body, min(limit, keptAnswer)))
	if err == nil {
		_, _ = io.Copy(io.Discard, io.LimitReader(body, limit))
	}
	return kept
}

// decompressed undoes what a backend did although it was not asked to.
func decompressed(resp *http.Response) (io.Reader, error) {
	switch encoding := strings.ToLower(resp.Header.Get("Content-Encoding")); encoding {
	case "", "identity":
		return resp.Body, nil
	case "gzip", "x-gzip":
		return gzip.NewReader(resp.Body)
	default:
		return nil, fmt.Errorf("content encoding %.40q is not known", encoding)
	}
}

// judge reports why a 200 is no yes: its body is not exactly one JSON object
// (protocol.md section 0.3). It quotes none of the body, which may hold
// secrets.
func judge(resp *http.Response, body []byte) error {
	err := jsontext.Check(body)
	if err == nil {
		return nil
	}
	kind := "no content type"
	if given := resp.Header.Get("Content-Type"); given != "" {
		kind = strings.Trim(fmt.Sprintf("%.40q", given), `"`)
	}
	return fmt.Errorf("%w (%s, %d bytes)", err, kind, len(body))
}
