package catalogue

import (
	"bytes"
	_ "embed" // the samples
	"encoding/json"

	"github.com/wcskit/resthook/internal/jsontext"
)

//go:embed samples.json
var samples []byte

// Sample is a payload as a media server may send it with a method of the catalogue, as
// one line of JSON; nil for another method.
func Sample(method string) json.RawMessage {
	sample, known := jsontext.Get(samples, method)
	if !known {
		return nil
	}
	var line bytes.Buffer
	if err := json.Compact(&line, sample); err != nil {
		return nil
	}
	return line.Bytes()
}
