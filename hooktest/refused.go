package hooktest

import (
	"net"
	"testing"
)

// RefusedURL returns a URL at which nothing listens until the end of the test.
//
// To listen on a free port, close it and use its number would leave a moment in
// which another process, or a parallel test, gets that port. Instead the port
// is that of the dialling end of an open connection: it is taken, so nobody is
// given it, and it does not listen, so the kernel refuses.
func RefusedURL(t testing.TB) string {
	t.Helper()
	listener := listen(t)
	holder, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", listener.Addr().String())
	if err != nil {
		_ = listener.Close()
		t.Fatalf("hooktest: %v", err)
	}
	t.Cleanup(func() {
		_ = holder.Close()
		_ = listener.Close()
	})
	return "http://" + holder.LocalAddr().String()
}
