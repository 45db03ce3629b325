// Package owntype turns values of types that somebody else has declared into JSON
// objects and back, as encoding/json does, and changes nothing without a word: names are
// compared exactly, HTML is not escaped, numbers in an interface keep their digits, a text
// that is no UTF-8 is an error that says where it stands, and so is a method of the type
// that panics. What it says in errors never quotes a value, which may be secret.
//
//	type room struct{ Name string `json:"name"` }
//
//	err := owntype.Check(reflect.TypeFor[room]()) // it can be written as an object
//	codec := owntype.New[room]()
//	text, _, err := codec.Append(nil, &room{Name: "<a>"}, nil) // {"name":"<a>"}
//	err = codec.Decode(new(room), []byte(`{"NAME":"b"}`))      // has no field of that name
package owntype
