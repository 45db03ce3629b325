package owntype

import (
	"reflect"
	"strconv"
	"strings"
)

// typeName is the name of a type without the packages in it: "Stream", "Pair[Room]",
// "map[string]Room".
func typeName(t reflect.Type) string {
	text := strings.ReplaceAll(t.String(), "interface {}", "any")
	var b strings.Builder
	for text != "" {
		if tag, err := strconv.QuotedPrefix(text); err == nil {
			b.WriteString(tag)
			text = text[len(tag):]
			continue
		}
		end := strings.IndexAny(text+" ", " []{}()*,;<\"`")
		name, _, _ := strings.Cut(text[:end], "·") // a number behind it tells types of functions apart
		b.WriteString(name[strings.LastIndexByte(name, '.')+1:])
		rest := min(end+1, len(text))
		b.WriteString(text[end:rest])
		text = text[rest:]
	}
	return b.String()
}
