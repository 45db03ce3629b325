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
	given, had := fieldsOf(answer, len(r.RestOverwrite)), fieldsOf(body, len(r.RestOverwrite))
	changed := map[string][]byte{}
	for _, path := range r.RestOverwrite {
		name, inner, nested := strings.Cut(path, ".")
		value, ok := given.get(name)
		if ok && nested {
			value, ok = jsontext.At(value, inner)
		}
		if !ok || jsontext.IsNull(value) || protected(name) {
			continue
		}
		old, again := changed[name]
		if !again {
			old, _ = had.get(name)
		}
		if nested {
			before, _ := jsontext.At(old, inner)
			value = jsontext.Put(object(old), inner, jsontext.Settle(value, before))
		} else {
			value = jsontext.Settle(value, old)
		}
		changed[name] = value
		taken = append(taken, member{name, value})
	}
	return taken
}

// fields are the members of an object, to be looked up by name.
type fields struct {
	object []byte
	index  map[string][]byte
}

// fieldsOf makes an object ready for that many look-ups. For a few, walking it
// each time is cheaper than an index.
func fieldsOf(object []byte, lookUps int) fields {
	if lookUps <= 8 {
		return fields{object: object}
	}
	return fields{index: jsontext.Index(object)}
}

func (f fields) get(name string) ([]byte, bool) {
	if f.index == nil {
		return jsontext.Get(f.object, name)
	}
	value, ok := f.index[name]
	return value, ok
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
