package hooktest

import (
	"encoding/json"
	"maps"
	"net/http"

	"github.com/wcskit/resthook"
)

// textType is the type of a reason, which is not JSON.
const textType = "Content-Type: text/plain; charset=utf-8"

// mirror answers a POST with its body, and any other request with 405.
func mirror(c *Conn) {
	if c.Request().Method != http.MethodPost {
		c.Send(answer(http.StatusMethodNotAllowed, "{}", "Allow: POST"))
		return
	}
	c.Send(answer(http.StatusOK, string(c.Request().Body)))
}

func overwriting(changes map[string]json.RawMessage) Behaviour {
	return OnRequest(func(c *Conn) {
		changed, err := overwrite(c.Request().Body, changes)
		if err != nil {
			c.Send(answer(http.StatusBadRequest, "{}"))
			return
		}
		c.Send(answer(http.StatusOK, string(changed)))
	})
}

func rawFields(fields map[string]any) (map[string]json.RawMessage, error) {
	raw := make(map[string]json.RawMessage, len(fields))
	for name, value := range fields {
		text, err := json.Marshal(value)
		if err != nil {
			return nil, err
		}
		raw[name] = text
	}
	return raw, nil
}

// overwrite keeps the fields that it does not change as they were written, so that large
// numbers stay exact.
func overwrite(body []byte, changes map[string]json.RawMessage) ([]byte, error) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, err
	}
	if fields == nil { // the request was null
		fields = map[string]json.RawMessage{}
	}
	maps.Copy(fields, changes)
	return json.Marshal(fields)
}

// replied is the answer that a function returns.
func replied[P any](c *Conn, payload *P, reply func(*P) (*P, error)) string {
	changed, err := reply(payload)
	if err != nil {
		return answer(http.StatusForbidden, err.Error(), textType)
	}
	if changed == nil {
		return answer(http.StatusOK, string(c.Request().Body))
	}
	body, err := json.Marshal(changed)
	if err != nil {
		c.up.server.t.Errorf("hooktest: %s: the answer: %v", c.Request(), err)
		return answer(http.StatusInternalServerError, "{}")
	}
	return answer(http.StatusOK, string(body))
}

// untyped reads the payload of a hook that is given by its name only.
func untyped(body []byte) (*map[string]any, error) {
	hook, err := resthook.NewHook[map[string]any]("untyped", resthook.KindDirect)
	if err != nil {
		return nil, err
	}
	return hook.Decode(body)
}
