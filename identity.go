package resthook

import "github.com/wcskit/resthook/internal/jsontext"

// identity is who is speaking: the ids that every hook carries (protocol.md
// section 2.0). An empty one is not known.
type identity struct{ node, app, session string }

// idField says which id a field is.
type idField uint8

const (
	noID idField = iota
	sessionID
	appID
	nodeID

	idFields = iota
)

// idNames are the ids' names on the wire.
var idNames = [idFields]string{sessionID: "sessionId", appID: "appKey", nodeID: "nodeId"}

func idFieldOf(name []byte) idField {
	for id := sessionID; id <= nodeID; id++ {
		if string(name) == idNames[id] {
			return id
		}
	}
	return noID
}

// of returns the place of an id; nil for a field that is none, and where the id
// is not known.
func (who *identity) of(id idField) *string {
	var at *string
	switch {
	case who == nil:
	case id == sessionID:
		at = &who.session
	case id == appID:
		at = &who.app
	case id == nodeID:
		at = &who.node
	}
	if at == nil || *at == "" {
		return nil
	}
	return at
}

// put returns the body with the ids that are known.
func (who *identity) put(body []byte) []byte {
	for id := sessionID; id <= nodeID; id++ {
		if value := who.of(id); value != nil && textAt(body, idNames[id]) != *value {
			body = jsontext.Set(body, idNames[id], jsontext.AppendString(nil, *value))
		}
	}
	return body
}

// appendMissing appends the ids that were not said, as members of an object that
// begins at start.
func (who *identity) appendMissing(b []byte, start int, said [idFields]bool) []byte {
	for id := sessionID; id <= nodeID; id++ {
		if value := who.of(id); value != nil && !said[id] {
			b = jsontext.AppendString(appendName(b, start, idNames[id]), *value)
		}
	}
	return b
}

// identityIn returns the ids that a body has.
func identityIn(body []byte) identity {
	var who identity
	for m := jsontext.Open(body); m.Next(); {
		switch idFieldOf(m.Name()) {
		case sessionID:
			who.session = textOf(m.Value())
		case appID:
			who.app = textOf(m.Value())
		case nodeID:
			who.node = textOf(m.Value())
		case noID:
		}
	}
	return who
}

func textAt(body []byte, name string) string {
	value, _ := jsontext.Get(body, name)
	return textOf(value)
}

// textOf returns a value's text; "" where it is none.
func textOf(value []byte) string {
	if len(value) == 0 || value[0] != '"' {
		return ""
	}
	return jsontext.Unquote(value)
}
