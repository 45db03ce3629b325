package resthook

import (
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
)

// identity is who is speaking: the ids that every hook carries (docs/protocol.md,
// 2.0), in the order of idNames. An empty one is not known, and no payload can claim it.
// A nil identity is a payload's own: what it says, stands.
type identity [len(idNames)]string

// The places of the ids.
const (
	sessionID = iota
	appID
	nodeID

	noID = -1
)

// idNames are the ids' names on the wire.
var idNames = [...]string{sessionID: "sessionId", appID: "appKey", nodeID: "nodeId"}

// pins are the ids as a codec takes them.
func (who *identity) pins() []string {
	if who == nil {
		return nil
	}
	return who[:]
}

func (who *identity) session() string { return who[sessionID] }
func (who *identity) app() string     { return who[appID] }

// likeID says which id a reader may take a name for that does not tell capitals
// from small letters, as encoding/json, .NET or Java read it.
func likeID(name []byte) int {
	const shortest, longest = len("nodeId"), len("ſeſſıonıd") // in bytes
	if len(name) < shortest || len(name) > longest {
		return noID
	}
	text := strings.Map(dotted, string(name))
	for id := range idNames {
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
	for id, value := range who.pins() {
		switch {
		case value == "":
			right = right && said[id] == nil
			said[id] = nil
		case jsontext.Text(said[id]) != value:
			right = false
			said[id] = jsontext.AppendString(nil, value)
		}
	}
	if right {
		return body
	}
	b := append(make([]byte, 0, len(body)), '{')
	for m := jsontext.Open(body); m.Next(); {
		id := likeID(m.Name())
		switch {
		case id == noID:
			b = append(jsontext.AppendRawName(b, 1, m.RawName()), m.Value()...)
		case string(m.Name()) == idNames[id] && said[id] != nil:
			b = append(jsontext.AppendName(b, 1, idNames[id]), said[id]...)
			said[id] = nil // once
		}
	}
	for id, value := range said {
		if value != nil {
			b = append(jsontext.AppendName(b, 1, idNames[id]), value...)
		}
	}
	return append(b, '}')
}

// idsIn returns the ids that a body has, as JSON. right is false where one stands
// there twice, or a name could be taken for one.
func idsIn(body []byte) (said [len(idNames)][]byte, right bool) {
	right = true
	for m := jsontext.Open(body); m.Next(); {
		id := likeID(m.Name())
		if id == noID {
			continue
		}
		exact := string(m.Name()) == idNames[id]
		right = right && exact && said[id] == nil
		if exact {
			said[id] = m.Value()
		}
	}
	return said, right
}

// identityIn returns the ids that a body has.
func identityIn(body []byte) identity {
	var who identity
	for m := jsontext.Open(body); m.Next(); {
		for id := range idNames {
			if string(m.Name()) == idNames[id] {
				who[id] = jsontext.Text(m.Value())
			}
		}
	}
	return who
}

func textAt(body []byte, name string) string {
	value, _ := jsontext.Get(body, name)
	return jsontext.Text(value)
}
