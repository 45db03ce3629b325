package resthook

import (
	"slices"

	"github.com/wcskit/resthook/internal/jsontext"
)

// rule is a Rule made ready to be applied.
type rule struct {
	Rule

	exclude, overwrite, hidden jsontext.Paths
}

func newRule(r Rule) rule {
	r = r.filled()
	return rule{r, jsontext.NewPaths(r.RestExclude), jsontext.NewPaths(r.RestOverwrite), jsontext.NewPaths(r.ClientExclude)}
}

// outgoing is what the backend sees of a payload.
func (r rule) outgoing(body []byte) []byte { return r.exclude.Without(body) }

// clientView is what the client may see of a payload.
func (r rule) clientView(body []byte) []byte {
	return r.hidden.Without(jsontext.Drop(body, restClientConfig))
}

const restClientConfig = "restClientConfig"

// protected reports whether the field is one that no answer can change, or could
// be taken for one.
func protected(name string) bool { return likeID([]byte(name)) != noID }

// take returns what the rule takes from the answer to a body.
func (r rule) take(body, answer []byte, room *buffers) []jsontext.Member {
	if r.RestPolicy != RestPolicyOverwrite {
		return nil
	}
	room.given = valuesAt(room.given, answer, r.overwrite)
	room.taken = room.taken[:0]
	var had [][]byte
	for i, path := range r.overwrite {
		value := room.given[i]
		ok := value != nil && !jsontext.IsNull(value) && !protected(path.Name)
		if ok && (path.Inner != nil || jsontext.NeedsSettling(value)) {
			if had == nil {
				room.had = valuesAt(room.had, body, r.overwrite)
				had = room.had
			}
			value, ok = path.Take(value, had[i])
		}
		if ok {
			room.taken = append(room.taken, jsontext.Member{Name: path.Name, Value: value})
		}
	}
	return room.taken
}

// valuesAt returns, in the place of each path, the value of the member that it
// begins with: of duplicates the last, nil where there is none.
func valuesAt(values [][]byte, object []byte, paths jsontext.Paths) [][]byte {
	values = slices.Grow(values[:0], len(paths))[:len(paths)]
	clear(values)
	for m := jsontext.Open(object); m.Next(); {
		if i := paths.Find(m.Name()); i >= 0 {
			values[i] = m.Value()
		}
	}
	return values
}

// merged returns all that an answer to connect holds, which needs no policy
// (docs/protocol.md, 0.4).
func merged(body, answer []byte) []jsontext.Member {
	var taken []jsontext.Member
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
			taken = append(taken, jsontext.Member{Name: name})
		}
		taken[i].Value = m.Value()
	}
	taken = slices.DeleteFunc(taken, func(m jsontext.Member) bool { return jsontext.IsNull(m.Value) })
	old := jsontext.Index(body)
	for i, m := range taken {
		taken[i].Value = jsontext.Settle(m.Value, old[m.Name])
	}
	return taken
}
