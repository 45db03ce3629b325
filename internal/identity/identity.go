// Package identity protects the ids that every hook carries: sessionId, appKey and nodeId
// (docs/protocol.md, 2.0). A payload may come from a client, which could claim other ids
// than its own, or use a name that some decoder takes for an id. [IDs.Put] replaces both by
// the right ids.
package identity

import (
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
)

// IDs are the ids of a session, in the order of [Names]. An empty one is unknown, and no
// payload can claim it.
type IDs [len(names)]string

// The places of the ids.
const (
	session = iota
	app
	node

	none = -1
)

// names are the ids' names on the wire.
var names = [...]string{session: "sessionId", app: "appKey", node: "nodeId"}

// New returns the ids of a session.
func New(sessionID, appKey, nodeID string) IDs {
	return IDs{session: sessionID, app: appKey, node: nodeID}
}

// Names are the names of the ids on the wire.
func Names() []string { return names[:] }

// Session is the id of the session.
func (who *IDs) Session() string { return who[session] }

// App is the key of the app.
func (who *IDs) App() string { return who[app] }

// Values are the ids in the order of [Names]. They are nil for nil IDs, with which a payload
// keeps its own.
func (who *IDs) Values() []string {
	if who == nil {
		return nil
	}
	return who[:]
}

// Of returns the ids in a body.
func Of(body []byte) IDs {
	var who IDs
	for m := jsontext.Open(body); m.Next(); {
		for id := range names {
			if string(m.Name()) == names[id] {
				who[id] = jsontext.Text(m.Value())
			}
		}
	}
	return who
}

// Claims reports whether a decoder may take a name for that of an id. encoding/json, .NET and
// Java can ignore case.
func Claims(name string) bool { return claimed([]byte(name)) != none }

// claimed is the index of the id that a name claims, or none.
func claimed(name []byte) int {
	const shortest, longest = len("nodeId"), len("ſeſſıonıd") // in bytes
	if len(name) < shortest || len(name) > longest {
		return none
	}
	text := strings.Map(dotted, string(name))
	for id := range names {
		if strings.EqualFold(text, names[id]) {
			return id
		}
	}
	return none
}

// dotted replaces the two Turkish letters that Java takes for an i.
func dotted(r rune) rune {
	if r == 'ı' || r == 'İ' {
		return 'i'
	}
	return r
}

// Put returns the body with the right ids, each once, and without other names that claim to
// be an id. With nil IDs, the body keeps its own ids.
func (who *IDs) Put(body []byte) []byte {
	said, right := read(body)
	for id, value := range who.Values() {
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
	return write(body, said)
}

// read returns the ids in a body as JSON. right is false if an id is there twice, or if
// another name claims to be one.
func read(body []byte) (said [len(names)][]byte, right bool) {
	right = true
	for m := jsontext.Open(body); m.Next(); {
		id := claimed(m.Name())
		if id == none {
			continue
		}
		exact := string(m.Name()) == names[id]
		right = right && exact && said[id] == nil
		if exact {
			said[id] = m.Value()
		}
	}
	return said, right
}

// write returns the body with the ids, in their place or at the end.
func write(body []byte, ids [len(names)][]byte) []byte {
	b := append(make([]byte, 0, len(body)), '{')
	for m := jsontext.Open(body); m.Next(); {
		id := claimed(m.Name())
		switch {
		case id == none:
			b = append(jsontext.AppendRawName(b, 1, m.RawName()), m.Value()...)
		case string(m.Name()) == names[id] && ids[id] != nil:
			b = append(jsontext.AppendName(b, 1, names[id]), ids[id]...)
			ids[id] = nil // once
		}
	}
	for id, value := range ids {
		if value != nil {
			b = append(jsontext.AppendName(b, 1, names[id]), value...)
		}
	}
	return append(b, '}')
}
