package hooktest

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
)

// AssertPayload fails the test unless two payloads are equal, by their Equal method or as
// JSON. It shows both as JSON with sorted names, with a line for each difference, and
// reports whether they are equal. The message contains the payloads' secrets.
//
// The payloads of resthook have an Equal method, so that a payload from a request equals one
// made in Go with the same values. go-cmp uses it, too. reflect.DeepEqual, and so testify's
// Equal, treats the two as different.
func AssertPayload[P any](t testing.TB, want, got *P) bool {
	t.Helper()
	if same, ok := any(want).(interface{ Equal(other P) bool }); ok && want != nil && got != nil && same.Equal(*got) {
		return true
	}
	return assertJSON(t, want, got, func(map[string]any, map[string]any) {})
}

// AssertFields is [AssertPayload] for the named fields, with their names and values in JSON.
// Other fields do not matter:
//
//	hooktest.AssertFields(t, map[string]any{"name": "live/cam", "custom": map[string]any{"token": "x"}}, got.Payload)
func AssertFields(t testing.TB, want map[string]any, got any) bool {
	t.Helper()
	return assertJSON(t, want, got, func(want, got map[string]any) {
		for name := range got {
			if _, named := want[name]; !named {
				delete(got, name)
			}
		}
	})
}

// assertJSON compares two objects after trim.
func assertJSON(t testing.TB, want, got any, trim func(want, got map[string]any)) bool {
	t.Helper()
	wanted, err := object(want)
	if err != nil {
		t.Errorf("hooktest: the payload wanted: %v", err)
		return false
	}
	had, err := object(got)
	if err != nil {
		t.Errorf("hooktest: the payload got: %v", err)
		return false
	}
	trim(wanted, had)
	diff := compared(lines(wanted), lines(had), func(want, got string) bool {
		return strings.TrimSuffix(want, ",") == strings.TrimSuffix(got, ",")
	})
	if !equal(diff) {
		t.Errorf("hooktest: not the payload expected (-want +got):%s", rendered(diff))
	}
	return equal(diff)
}

// object is a payload as a JSON object.
func object(payload any) (map[string]any, error) {
	text, err := json.Marshal(payload)
	if err != nil {
		return nil, err
	}
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var fields map[string]any
	err = decoder.Decode(&fields)
	return fields, err
}

func lines(fields map[string]any) []string {
	text, _ := json.Marshal(fields) // the fields were read from JSON
	return strings.Split(pretty(text), "\n")
}
