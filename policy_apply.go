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

// take returns what the rule takes from the answer to a body.
func (r Rule) take(body, answer []byte, room *buffers) []member {
	if r.RestPolicy != Overwrite {
		return nil
	}
	given, had := fields{object: answer, members: room.given[:0]}, fields{object: body, members: room.had[:0]}
	taken := room.taken[:0]
	for _, path := range r.RestOverwrite {
		name, inner, nested := strings.Cut(path, ".")
		value := given.get(name)
		if nested {
			value, _ = jsontext.At(value, inner)
		}
		if value == nil || jsontext.IsNull(value) || protected(name) {
			continue
		}
		switch {
		case nested:
			old := had.get(name)
			before, _ := jsontext.At(old, inner)
			value = jsontext.Put(object(old), inner, jsontext.Settle(value, before))
			had.set(name, value)
		case jsontext.NeedsSettling(value) || jsontext.IsObject(value) && r.overwritesIn(name):
			value = jsontext.Settle(value, had.get(name))
			had.set(name, value)
		}
		taken = append(taken, member{name, value})
	}
	room.given, room.had, room.taken = given.members, had.members, taken
	return taken
}

// overwritesIn reports whether the rule names a field inside the object of that
// name.
func (r Rule) overwritesIn(name string) bool {
	return slices.ContainsFunc(r.RestOverwrite, func(path string) bool {
		object, _, nested := strings.Cut(path, ".")
		return nested && object == name
	})
}

// fields are the members of an object, to be looked up by name. The object is
// walked when the first is.
type fields struct {
	object  []byte
	walked  bool
	members []rawMember
	index   map[string]int // the last of each name; nil where there are few
}

type rawMember struct{ name, value []byte }

// fewFields are looked through faster than they are indexed.
const fewFields = 40

func (f *fields) walk() {
	f.walked = true
	for m := jsontext.Open(f.object); m.Next(); {
		f.members = append(f.members, rawMember{m.Name(), m.Value()})
	}
	if len(f.members) <= fewFields {
		return
	}
	f.index = make(map[string]int, len(f.members))
	for i, m := range f.members {
		f.index[string(m.name)] = i
	}
}

// find returns the place of a name's last member, or -1.
func (f *fields) find(name string) int {
	if !f.walked {
		f.walk()
	}
	if f.index != nil {
		if i, ok := f.index[name]; ok {
			return i
		}
		return -1
	}
	for i, m := range slices.Backward(f.members) {
		if string(m.name) == name {
			return i
		}
	}
	return -1
}

// get returns the value of a name; nil where there is none.
func (f *fields) get(name string) []byte {
	if i := f.find(name); i >= 0 {
		return f.members[i].value
	}
	return nil
}

func (f *fields) set(name string, value []byte) {
	if i := f.find(name); i >= 0 {
		f.members[i].value = value
		return
	}
	f.members = append(f.members, rawMember{[]byte(name), value})
	if f.index != nil {
		f.index[name] = len(f.members) - 1
	}
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
