// Package send sends one hook as the library would, under a policy, and reports the
// outcome. Its warnings and errors name the flags of the command.
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
	Policy  *resthook.Policy // the policy that it is sent under; nil for none
}

// Method is the catalogue's method of that name, or a new one of that kind. It warns if
// the name is similar to one of the catalogue, and so probably misspelled.
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

// OverSample is the method's sample with a payload merged over it. Members that are objects
// in both are merged, too.
func OverSample(method string, payload []byte) ([]byte, error) {
	sample := catalogue.Sample(method)
	if sample == nil {
		return nil, fmt.Errorf("--sample: the catalogue has no %s%s", method, names.DidYouMean(method, catalogue.Names()))
	}
	return merged(sample, payload), nil
}

func merged(object, over []byte) []byte {
	values := jsontext.Index(over)
	for name, value := range values {
		if below, ok := jsontext.Get(object, name); ok && jsontext.IsObject(below) && jsontext.IsObject(value) {
			values[name] = merged(below, value)
		}
	}
	return jsontext.Merge(object, values)
}

// Send sends the hook. An error means that nothing was sent, because the payload is not
// valid.
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

// target is what the hook is sent to: a session with the policy, or the client if no
// policy governs the hook.
func (h Hook) target(client *resthook.Client) (resthook.Target, error) {
	if h.Policy == nil || ungoverned(h.Method.Name()) {
		return client, nil
	}
	conn := identity(h.Payload)
	conn.RestClientConfig = h.Policy
	return client.Resume(conn)
}

// identity has the ids of a payload of any type. If the payload is not valid, SendJSON
// returns the error.
func identity(data []byte) *resthook.Connection {
	var payload map[string]any
	_ = json.Unmarshal(data, &payload)
	text := func(key string) string {
		value, _ := payload[key].(string)
		return value
	}
	return &resthook.Connection{NodeID: text("nodeId"), AppKey: text("appKey"), SessionID: text("sessionId")}
}
