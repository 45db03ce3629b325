package resthook

import (
	"bufio"
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
// decompression, and returns it without a byte order mark. A body that is read to
// its end leaves its connection fit for the next hook.
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
	return jsontext.TrimBOM(b.Bytes()), nil
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

// decompressed undoes what a backend did although it was not asked to. Of the
// encodings that an answer names, those that are no compression, such as a
// charset, mean nothing.
func decompressed(resp *http.Response) (io.Reader, error) {
	given := strings.Join(resp.Header.Values("Content-Encoding"), ",")
	if given == "" {
		return resp.Body, nil
	}
	switch names := compressions(given); {
	case len(names) == 0:
		return resp.Body, nil
	case len(names) > 1 || names[0] != "gzip" && names[0] != "x-gzip":
		return nil, fmt.Errorf("content encoding %.40q is not supported", given)
	}
	body := bufio.NewReader(resp.Body)
	switch magic, err := body.Peek(2); {
	case err != nil && !errors.Is(err, io.EOF):
		return nil, err
	case string(magic) != "\x1f\x8b":
		return nil, fmt.Errorf("content encoding %.40q, but the body is not gzip", given)
	}
	return gzip.NewReader(body)
}

// compressions returns those of a list of content encodings that change the body:
// they are registered with IANA, or usual.
func compressions(list string) (found []string) {
	for name := range strings.SplitSeq(list, ",") {
		name, _, _ = strings.Cut(name, ";")
		switch name = strings.ToLower(strings.Trim(name, " \t\"'")); name {
		case "gzip", "x-gzip", "deflate", "compress", "x-compress", "br", "brotli", "zstd", "dcb", "dcz", "pack200-gzip", "exi", "aes128gcm":
			found = append(found, name)
		}
	}
	return found
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
		kind = unquoted(given)
	}
	if given := resp.Header.Get("Content-Encoding"); given != "" {
		kind += ", content encoding " + unquoted(given)
	}
	return fmt.Errorf("%w (%s, %d bytes)", err, kind, len(body))
}

// unquoted is the beginning of a header, fit for a log.
func unquoted(given string) string { return strings.Trim(fmt.Sprintf("%.40q", given), `"`) }
