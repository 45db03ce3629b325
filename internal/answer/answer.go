// Package answer reads the body of a backend's answer. A decision is allowed only if the
// body is exactly one JSON object (docs/protocol.md, 0.3): [Object] checks that. If the
// backend has denied, [Reason] finds the reason that it gave.
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

// Object returns the body of a 200 without its content encoding and a byte order mark, at
// most limit bytes. It returns an error if that is not one JSON object. The error quotes
// nothing of the body, which may hold secrets.
func Object(header http.Header, body []byte, limit int64) ([]byte, error) {
	body, err := decompressed(header, body, limit)
	if err != nil {
		return body, err
	}
	body = jsontext.TrimBOM(body)
	return body, check(header, body)
}

// decompressed decodes gzip, which some backends send although the request does not accept
// it. It ignores encodings that do not change the body, such as a charset.
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

// compressions returns the content encodings of a list that change the body: those
// registered with IANA, and common names.
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

// check returns an error unless the body is one JSON object.
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

// unquoted is the beginning of a header's value, fit for a log.
func unquoted(given string) string { return strings.Trim(fmt.Sprintf("%.40q", given), `"`) }
