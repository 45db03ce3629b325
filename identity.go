package resthook

import (
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
)

// identity is who is speaking: the ids that every hook carries (docs/protocol.md,
// 2.0). An empty one is not known, and no payload can claim it. A nil
// identity is a payload's own: what it says, stands.
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

// likeID says which id a reader may take a name for that does not tell capitals
// from small letters, as encoding/json, .NET or Java read it.
func likeID(name []byte) idField {
	const shortest, longest = len("nodeId"), len("ſeſſıonıd") // in bytes
	if len(name) < shortest || len(name) > longest {
		return noID
	}
	text := strings.Map(dotted, string(name))
	for id := sessionID; id <= nodeID; id++ {
		if strings.EqualFold(text, idNames[id]) {
			return id
		}
	}
	return noID
}

// dotted makes an i of those of the Turkish alphabet, as Java does.
func dotted(r rune) rune {
	if r == 'ı' || r == 'İ' {
		return 'i'
	}
	return r
}

// put returns the body with the ids of who is speaking, each id once, and without the
// names that could be taken for one.
func (who *identity) put(body []byte) []byte {
	said, right := idsIn(body)
	for id := sessionID; id <= nodeID; id++ {
		switch value := who.of(id); {
		case value != nil && textOf(said[id]) != *value:
			said[id], right = jsontext.AppendString(nil, *value), false
		case value == nil && who != nil && said[id] != nil:
			said[id], right = nil, false
		}
	}
	if right {
		return body
	}
	b := append(make([]byte, 0, len(body)), '{')
	var done [idFields]bool
	for m := jsontext.Open(body); m.Next(); {
		like := likeID(m.Name())
		if like == noID {
			b = append(appendRawName(b, 1, m.RawName()), m.Value()...)
		} else if idFieldOf(m.Name()) == like && !done[like] && said[like] != nil {
			b = append(appendName(b, 1, idNames[like]), said[like]...)
			done[like] = true
		}
	}
	return append(who.appendMissing(b, 1, done), '}')
}

// idsIn returns the ids that a body has, as JSON. right is false where one stands
// there twice, or a name could be taken for one.
func idsIn(body []byte) (said [idFields][]byte, right bool) {
	right = true
	for m := jsontext.Open(body); m.Next(); {
		like := likeID(m.Name())
		if like == noID {
			continue
		}
		exact := idFieldOf(m.Name()) == like
		right = right && exact && said[like] == nil
		if exact {
			said[like] = m.Value()
		}
	}
	return said, right
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
