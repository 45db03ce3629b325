// Package send sends one hook as the library would, under a policy, and tells
// the outcome. Its warnings and errors name the flags of the command.
package send

import (
	"context"
	"encoding/json"
	"fmt"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/cmd/resthook/internal/catalogue"
	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/names"
)

// Hook is a hook that is ready to be sent.
type Hook struct {
	Method  resthook.Method
	Payload []byte
	Policy  *resthook.Policy // under which it is sent; nil for none
}

// Method is the catalogue's, or one of the media server's own, of that kind. It warns of
// a name that is probably a slip of one of the catalogue.
func Method(name string, kind resthook.Kind) (method resthook.Method, warnings []string, err error) {
	if method, known := resthook.FindMethod(name); known {
		return method, nil, nil
	}
	if meant := names.Nearest(name, catalogue.Names()); meant != "" {
		warnings = []string{fmt.Sprintf("%s is not in the catalogue; did you mean %s?", name, meant)}
	}
	method, err = resthook.NewHook[map[string]any](name, kind)
	return method, warnings, err
}

// OverSample is a payload laid over the method's sample. Members that are objects in both
// are laid over one another likewise.
func OverSample(method string, payload []byte) ([]byte, error) {
	sample := catalogue.Sample(method)
	if sample == nil {
		return nil, fmt.Errorf("--sample: the catalogue has no %s%s", method, names.DidYouMean(method, catalogue.Names()))
	}
	return laidOver(sample, payload), nil
}

func laidOver(object, over []byte) []byte {
	values := jsontext.Index(over)
	for name, value := range values {
		if below, ok := jsontext.Get(object, name); ok && jsontext.IsObject(below) && jsontext.IsObject(value) {
			values[name] = laidOver(below, value)
		}
	}
	return jsontext.Merge(object, values)
}

// Send sends the hook. An error means that nothing was sent, as the payload does not
// read.
func (h Hook) Send(ctx context.Context, client *resthook.Client) (Report, error) {
	to, err := h.target(client)
	if err != nil {
		return Report{}, err
	}
	outcome, err := h.Method.SendJSON(ctx, to, h.Payload)
	if err != nil {
		return Report{}, fmt.Errorf("--data: %w", err)
	}
	return newReport(outcome), nil
}

// target is what the hook is sent to: a session whose connect was answered with the
// policy, or the client where none governs the hook.
func (h Hook) target(client *resthook.Client) (resthook.Target, error) {
	if h.Policy == nil || ungoverned(h.Method.Name()) {
		return client, nil
	}
	conn := identity(h.Payload)
	conn.RestClientConfig = h.Policy
	return client.Resume(conn)
}

// identity is who is speaking in a payload, of whatever type it is. If it does
// not read, SendJSON says so.
func identity(data []byte) *resthook.Connection {
	var payload map[string]any
	_ = json.Unmarshal(data, &payload)
	text := func(key string) string {
		value, _ := payload[key].(string)
		return value
	}
	return &resthook.Connection{NodeID: text("nodeId"), AppKey: text("appKey"), SessionID: text("sessionId")}
}
