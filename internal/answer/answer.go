// Package answer reads what a backend answered. A decision allows only where the body is
// exactly one JSON object (docs/protocol.md, 0.3): [Object] says whether it is. Where the
// backend refused, [Reason] finds its words for it, if it gave any.
package answer

import (
	"bytes"
	"compress/gzip"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/wcskit/resthook/internal/h1"
	"github.com/wcskit/resthook/internal/jsontext"
)

// Object returns the body of a 200 without its content encoding and without a byte order
// mark, at most limit bytes of it, and an error that says why it is not one JSON object. The
// error quotes none of the body, which may hold secrets.
func Object(header http.Header, body []byte, limit int64) ([]byte, error) {
	body, err := decompressed(header, body, limit)
	if err != nil {
		return body, err
	}
	body = jsontext.TrimBOM(body)
	return body, check(header, body)
}

// decompressed undoes what a backend did although it was not asked to. Of the
// encodings that an answer names, those that are no compression, such as a
// charset, mean nothing.
func decompressed(header http.Header, body []byte, limit int64) ([]byte, error) {
	values := header["Content-Encoding"]
	if len(values) == 0 {
		return body, nil
	}
	given := strings.Join(values, ",")
	switch names := compressions(given); {
	case len(names) == 0:
		return body, nil
	case len(names) > 1 || names[0] != "gzip" && names[0] != "x-gzip":
		return nil, fmt.Errorf("content encoding %.40q is not supported", given)
	case !bytes.HasPrefix(body, []byte("\x1f\x8b")):
		return nil, fmt.Errorf("content encoding %.40q, but the body is not gzip", given)
	}
	return unzip(body, limit)
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

func unzip(body []byte, limit int64) ([]byte, error) {
	r, err := gzip.NewReader(bytes.NewReader(body))
	if err != nil {
		return nil, err
	}
	text, err := io.ReadAll(io.LimitReader(r, limit+1))
	if err == nil && int64(len(text)) > limit {
		return text[:limit], fmt.Errorf("%w: over %d bytes", h1.ErrTooLarge, limit)
	}
	return text, err
}

// check reports why a body is not one JSON object.
func check(header http.Header, body []byte) error {
	err := jsontext.Check(body)
	if err == nil {
		return nil
	}
	kind := "no content type"
	if given := header.Get("Content-Type"); given != "" {
		kind = unquoted(given)
	}
	if given := header.Get("Content-Encoding"); given != "" {
		kind += ", content encoding " + unquoted(given)
	}
	return fmt.Errorf("%w (%s, %d bytes)", err, kind, len(body))
}

// unquoted is the beginning of a header, fit for a log.
func unquoted(given string) string { return strings.Trim(fmt.Sprintf("%.40q", given), `"`) }
