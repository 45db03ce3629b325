package addresses_test

import (
	"net/netip"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/addresses"
)

// Each refused address of IPv4 is refused in every form of IPv6 that carries it.
func TestPublic(t *testing.T) {
	t.Parallel()
	for text, what := range map[string]string{
		"0.0.0.0": "unspecified", "0.1.2.3": "unspecified", "10.0.0.1": "private", "100.64.0.1": "CGNAT", "100.127.255.255": "CGNAT",
		"127.0.0.1": "loopback", "127.255.255.255": "loopback", "169.254.169.254": "metadata", "169.254.0.1": "link-local",
		"172.16.0.1": "private", "172.31.255.255": "private", "192.168.255.255": "private", "192.0.0.170": "protocols",
		"198.19.0.1": "measurements", "224.0.0.1": "multicast", "239.255.255.255": "multicast", "255.255.255.255": "reserved",
		"168.63.129.16": "metadata",
	} {
		v4 := netip.MustParseAddr(text)
		b := v4.As4()
		nat64, sixToFour := netip.MustParseAddr("64:ff9b::").As16(), netip.MustParseAddr("2002::1").As16()
		copy(nat64[12:], b[:])
		copy(sixToFour[2:], b[:])
		for _, form := range []netip.Addr{v4, netip.AddrFrom16(v4.As16()), netip.AddrFrom16(nat64), netip.AddrFrom16(sixToFour)} {
			assert.ErrorContains(t, addresses.Public(form), what, form)
		}
	}
	for text, what := range map[string]string{
		"::": "unspecified", "::1": "loopback", "fe80::1%eth0": "link-local", "fc00::1": "private", "fd00:ec2::254": "metadata",
		"fd12::1": "private", "ff02::1": "multicast", "::127.0.0.1": "outside", "64:ff9b:1::1": "outside", "2001:db8::1": "documentation",
		"2001::1": "protocols", "::ffff:0:127.0.0.1": "outside", "4000::1": "outside", "fec0::1": "private",
	} {
		assert.ErrorContains(t, addresses.Public(netip.MustParseAddr(text)), what, text)
	}
	for _, text := range []string{
		"1.1.1.1", "9.255.255.255", "11.0.0.0", "100.63.255.255", "100.128.0.0", "172.15.255.255", "172.32.0.0", "192.167.0.1",
		"223.255.255.255", "2606:4700::1111", "64:ff9b::1.1.1.1", "2002:101:101::1", "::ffff:1.1.1.1", "2001:4860::8888",
	} {
		require.NoError(t, addresses.Public(netip.MustParseAddr(text)), text)
	}
	require.Error(t, addresses.Public(netip.Addr{}))
}
