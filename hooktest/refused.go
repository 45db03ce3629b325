package hooktest

import "testing"

// RefusedURL returns a URL at which nothing listens until the end of the test.
// For a backend that is away for a while, see [Backend.Down].
func RefusedURL(t testing.TB) string {
	t.Helper()
	held, err := holdPort(nil)
	if err != nil {
		t.Fatalf("hooktest: %v", err)
	}
	t.Cleanup(held.release)
	return "http://" + held.addr()
}
