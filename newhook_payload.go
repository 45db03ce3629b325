package resthook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"

	"github.com/wcskit/resthook/internal/owntype"
)

// checkPayload reports a type that is never written as a JSON object. What a type
// writes by itself is seen when it is sent.
func checkPayload(name string, of reflect.Type) error {
	if inner := hidesFields(of); inner != "" {
		return fmt.Errorf("hook %s: a payload of type %v would be written as the %s that it embeds, without its own fields: give that a name", name, of, inner)
	}
	if err := owntype.Check(of); err != nil {
		return fmt.Errorf("hook %s: a payload of %w", name, err)
	}
	return nil
}

// hidesFields names the payload of this package that a struct embeds beside fields of
// its own, and whose way to be written it takes over with that. One that embeds it and
// writes itself is in order.
func hidesFields(of reflect.Type) string {
	if of.Kind() != reflect.Struct || of.NumField() < 2 {
		return ""
	}
	for field := range of.Fields() {
		inner := field.Type
		ours := inner.Kind() == reflect.Struct && inner.PkgPath() == reflect.TypeFor[Stream]().PkgPath()
		if !field.Anonymous || !ours || !reflect.PointerTo(inner).Implements(reflect.TypeFor[json.Marshaler]()) {
			continue
		}
		if bytes.Equal(zeroJSON(of), zeroJSON(inner)) {
			return inner.Name()
		}
	}
	return ""
}

// zeroJSON tries how a zero value is written; nil where it is not. A type that writes
// itself need not take its zero value, and may end the goroutine.
func zeroJSON(of reflect.Type) []byte {
	written := make(chan []byte, 1)
	go func() {
		defer close(written)
		if text, err := owntype.Marshal(reflect.New(of).Interface()); err == nil {
			written <- text
		}
	}()
	return <-written
}
