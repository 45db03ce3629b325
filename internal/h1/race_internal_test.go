package h1

import (
	"context"
	"errors"
	"net"
	"net/netip"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// An address that does not answer costs a quarter of a second, one that refuses costs
// nothing.
func TestRace(t *testing.T) {
	t.Parallel()
	for name, row := range map[string]struct {
		first func(ctx context.Context) error
		took  time.Duration
	}{
		"silent":  {func(ctx context.Context) error { <-ctx.Done(); return ctx.Err() }, headStart},
		"refused": {func(context.Context) error { return errors.New("refused") }, 0},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				here, there := net.Pipe()
				defer here.Close()
				defer there.Close()
				r := race{
					lookup: func(context.Context, string, string) ([]netip.Addr, error) {
						return []netip.Addr{netip.MustParseAddr("::1"), netip.MustParseAddr("::2"), netip.MustParseAddr("127.0.0.1")}, nil
					},
					dial: func(ctx context.Context, _, address string) (net.Conn, error) {
						if address == "[::1]:80" {
							return nil, row.first(ctx)
						}
						assert.Equal(t, "127.0.0.1:80", address, "the other family comes second")
						return here, nil
					},
				}
				begun := time.Now()
				conn, err := r.DialContext(t.Context(), "tcp", "h:80")
				require.NoError(t, err)
				assert.Equal(t, here, conn)
				assert.Equal(t, row.took, time.Since(begun))
			})
		})
	}
}

// TLS records are counted, however the reads divide them.
func TestRecordsAreFollowed(t *testing.T) {
	t.Parallel()
	wire := []byte{23, 3, 3, 0, 3, 1, 2, 3, 21, 3, 3, 0, 0, 23, 3, 3, 1, 0}
	wire = append(wire, make([]byte, 256)...)
	for size := 1; size <= len(wire); size++ {
		var r records
		for at := 0; at < len(wire); at += size {
			r.follow(wire[at:min(at+size, len(wire))])
		}
		assert.False(t, r.partial(), size)
	}
	var r records
	r.follow(wire[:7])
	assert.True(t, r.partial())
}

// Each address of a name is checked. The error is a refusal only if all were refused.
func TestGuardOfSeveralAddresses(t *testing.T) {
	t.Parallel()
	refuse := errors.New("refused")
	guard := GuardFunc(func(a netip.Addr) error {
		if a.IsLoopback() {
			return refuse
		}
		return nil
	})
	for want, found := range map[error][]string{
		refuse:                           {"127.0.0.1", "127.0.0.2", "::1"},
		net.UnknownNetworkError("other"): {"127.0.0.1", "192.0.2.1", "127.0.0.2"},
	} {
		r := race{
			lookup: func(context.Context, string, string) (all []netip.Addr, err error) {
				for _, text := range found {
					all = append(all, netip.MustParseAddr(text))
				}
				return all, nil
			},
			dial: func(ctx context.Context, network, address string) (net.Conn, error) {
				if err := guard.control(ctx, network, address, nil); err != nil {
					return nil, &net.OpError{Op: "dial", Err: err}
				}
				return nil, net.UnknownNetworkError("other")
			},
		}
		_, err := r.DialContext(t.Context(), "tcp", "h:80")
		require.ErrorIs(t, err, want)
		assert.Equal(t, errors.Is(want, refuse), isRefused(err))
	}
}
