package properties

import (
	"errors"
	"strconv"

	magiconair "github.com/magiconair/properties"
)

var errUndecoded = errors.New("the entries cannot be decoded")

// decode replaces the keys and values of the entries by what they mean. The
// library gets a document of its own, in which each text, be it a key or a
// value, is the value of a number: so every line has a key, no key is there
// twice, and none has an escape. Texts with a fault are left out.
func decode(entries []Entry) error {
	var document []byte
	for i, e := range entries {
		if e.Fault == nil {
			document = appendNumbered(document, 2*i+1, e.Value)
		}
		if e.Fault == nil || !e.Fault.InKey {
			document = appendNumbered(document, 2*i, e.Key)
		}
	}
	loader := magiconair.Loader{Encoding: magiconair.UTF8, DisableExpansion: true}
	loaded, err := loader.LoadBytes(document)
	if err != nil {
		return errUndecoded // the library's own words would quote a value
	}
	for i := range entries {
		replace(loaded, 2*i, &entries[i].Key)
		replace(loaded, 2*i+1, &entries[i].Value)
	}
	return nil
}

func appendNumbered(document []byte, number int, raw string) []byte {
	document = strconv.AppendInt(document, int64(number), 10)
	document = append(document, '=')
	document = append(document, raw...)
	return append(document, '\n')
}

func replace(loaded *magiconair.Properties, number int, text *string) {
	if decoded, ok := loaded.Get(strconv.Itoa(number)); ok {
		*text = decoded
	}
}
