package resthook

import (
	"slices"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
)

// outgoing is what the backend sees of a payload.
func (r Rule) outgoing(body []byte) []byte {
	for _, path := range r.RestExclude {
		body = jsontext.Drop(body, path)
	}
	return body
}

// clientView is what the client may see of a payload.
func (r Rule) clientView(body []byte) []byte {
	body = jsontext.Drop(body, restClientConfig)
	for _, path := range r.ClientExclude {
		body = jsontext.Drop(body, path)
	}
	return body
}

const restClientConfig = "restClientConfig"

// protected reports whether the field is one that no answer can change.
func protected(name string) bool {
	return name == "nodeId" || name == "appKey" || name == "sessionId"
}

// changes returns what the rule takes from the answer to a body.
func (r Rule) changes(body, answer []byte) []member {
	if r.RestPolicy != Overwrite {
		return nil
	}
	var taken []member
	given, now := jsontext.Index(answer), jsontext.Index(body)
	for _, path := range r.RestOverwrite {
		name, inner, nested := strings.Cut(path, ".")
		value, ok := given[name]
		if ok && nested {
			value, ok = jsontext.At(value, inner)
		}
		if !ok || jsontext.IsNull(value) || protected(name) {
			continue
		}
		old := now[name] // after the changes so far
		if nested {
			before, _ := jsontext.At(old, inner)
			value = jsontext.Put(object(old), inner, jsontext.Settle(value, before))
		} else {
			value = jsontext.Settle(value, old)
		}
		now[name] = value
		taken = append(taken, member{name, value})
	}
	return taken
}

func object(value []byte) []byte {
	if jsontext.IsObject(value) {
		return value
	}
	return []byte("{}")
}

// merged returns all that an answer to connect holds, which needs no policy
// (protocol.md section 0.4).
func merged(body, answer []byte) []member {
	var taken []member
	place := map[string]int{}
	for m := jsontext.Open(answer); m.Next(); {
		name := string(m.Name())
		if protected(name) {
			continue
		}
		i, again := place[name]
		if !again {
			i = len(taken)
			place[name] = i
			taken = append(taken, member{name: name})
		}
		taken[i].value = m.Value()
	}
	taken = slices.DeleteFunc(taken, func(m member) bool { return jsontext.IsNull(m.value) })
	old := jsontext.Index(body)
	for i, m := range taken {
		taken[i].value = jsontext.Settle(m.value, old[m.name])
	}
	return taken
}
