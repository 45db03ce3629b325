package resthook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/wcskit/resthook/internal/jsontext"
	"github.com/wcskit/resthook/internal/names"
	"github.com/wcskit/resthook/internal/owntype"
)

// appJSON is an [App] as JSON has it.
type appJSON struct {
	Key, URL       string
	URLs           []string `json:",omitempty"`
	RoundRobin     bool     `json:",omitempty"`
	Username       string
	Password       Secret
	SigningSecrets []Secret
	Methods        []methodJSON
	ConnectUnasked bool
}

var appKeys = []string{"Key", "URL", "URLs", "RoundRobin", "Username", "Password", "SigningSecrets", "Methods", "ConnectUnasked"}

// MarshalJSON writes the app without its secrets: in place of each, also in the
// URL, there is "***", which [NewClient] refuses. A method of the catalogue is
// its name, one of [NewHook] {"name": ..., "kind": ...}.
func (a App) MarshalJSON() ([]byte, error) {
	written := appJSON{
		Key: a.Key, URL: markURL(a.URL), RoundRobin: a.RoundRobin, Username: a.Username, Password: a.Password,
		SigningSecrets: a.SigningSecrets, ConnectUnasked: a.ConnectUnasked,
	}
	for _, one := range a.URLs {
		written.URLs = append(written.URLs, markURL(one))
	}
	for _, method := range a.Methods {
		written.Methods = append(written.Methods, methodJSON{method})
	}
	if a.Methods != nil && written.Methods == nil {
		written.Methods = []methodJSON{} // not null, which means all
	}
	return owntype.Marshal(written)
}

// UnmarshalJSON reads an app as [App.MarshalJSON] writes it; keys may differ in
// their capitals. Without the key Methods, or with null, it asks for all. It returns
// an error that matches [ErrConfig] for a key or a method that is not known and
// for a key that is there twice.
func (a *App) UnmarshalJSON(data []byte) error {
	if jsontext.IsNull(bytes.TrimSpace(data)) {
		return nil
	}
	var read appJSON
	err := json.Unmarshal(data, &read)
	if err == nil {
		err = checkKeys(data, appKeys)
	}
	if err != nil {
		return fmt.Errorf("%w: app: %w", ErrConfig, err)
	}
	*a = App{
		Key: read.Key, URL: read.URL, URLs: read.URLs, RoundRobin: read.RoundRobin, Username: read.Username, Password: read.Password,
		SigningSecrets: read.SigningSecrets, ConnectUnasked: read.ConnectUnasked,
	}
	if read.Methods != nil {
		a.Methods = make([]Method, len(read.Methods))
	}
	for i, method := range read.Methods {
		a.Methods[i] = method.Method
	}
	return nil
}

// checkKeys finds fault with a key of the object that is not among those known,
// or there twice.
func checkKeys(object []byte, known []string) error {
	seen := map[string]bool{}
	for m := jsontext.Open(object); m.Next(); {
		name := string(m.Name())
		at := slices.IndexFunc(known, func(key string) bool { return strings.EqualFold(key, name) })
		switch {
		case at < 0:
			return fmt.Errorf("unknown key %.40q%s", name, names.DidYouMean(name, known))
		case seen[known[at]]:
			return fmt.Errorf("key %s is there twice", known[at])
		}
		seen[known[at]] = true
	}
	return nil
}

// methodJSON is a [Method] as JSON has it: the name of one in the catalogue, or
// the name and the kind of any other.
type methodJSON struct{ Method }

type ownMethod struct {
	Name string `json:"name"`
	Kind Kind   `json:"kind"`
}

func (m methodJSON) MarshalJSON() ([]byte, error) {
	if m.Method == nil {
		return nil, fmt.Errorf("%w: a nil method", ErrConfig)
	}
	if inCatalogue(m.Method) {
		return owntype.Marshal(m.Name())
	}
	return owntype.Marshal(ownMethod{m.Name(), m.Kind()})
}

func inCatalogue(method Method) bool {
	known, ok := FindMethod(method.Name())
	return ok && known.Kind() == method.Kind()
}

func (m *methodJSON) UnmarshalJSON(data []byte) (err error) {
	if jsontext.IsObject(data) {
		m.Method, err = readOwnMethod(data)
		return err
	}
	var name string
	if err := json.Unmarshal(data, &name); err != nil {
		return err
	}
	method, ok := FindMethod(name)
	if !ok {
		return fmt.Errorf("unknown method %.40q%s", name, names.DidYouMean(name, namesOf(Methods())))
	}
	m.Method = method
	return nil
}

func readOwnMethod(data []byte) (Method, error) {
	var own ownMethod
	if err := json.Unmarshal(data, &own); err != nil {
		return nil, err
	}
	if err := checkKeys(data, []string{"name", "kind"}); err != nil {
		return nil, fmt.Errorf("method: %w", err)
	}
	hook, err := NewHook[map[string]any](own.Name, own.Kind)
	if err != nil {
		return nil, err
	}
	if known, ok := FindMethod(own.Name); ok {
		return known, nil
	}
	return hook, nil
}
