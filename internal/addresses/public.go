// Package addresses says which IP addresses are public.
package addresses

import (
	"fmt"
	"net/netip"
)

// Public returns nil for an address of the public internet, else an error that says what it is.
// An IPv6 address that carries an IPv4 address (mapped, NAT64, 6to4) is what that one is.
func Public(address netip.Addr) error {
	address = address.Unmap().WithZone("")
	if inside, ok := carried(address); ok {
		if err := Public(inside); err != nil {
			return fmt.Errorf("%v: %w", address, err)
		}
		return nil
	}
	for _, r := range special() {
		if r.prefix.Contains(address) {
			return fmt.Errorf("%v is not public: %s", address, r.what)
		}
	}
	if !address.IsValid() || address.Is6() && !unicast().Contains(address) {
		return fmt.Errorf("%v is not public: outside of the global unicast addresses", address)
	}
	return nil
}

// carried is the IPv4 address in an address of NAT64 (RFC 6052) or 6to4 (RFC 3056).
func carried(address netip.Addr) (inside netip.Addr, ok bool) {
	bytes := address.As16()
	switch {
	case netip.MustParsePrefix("64:ff9b::/96").Contains(address):
		return netip.AddrFrom4([4]byte(bytes[12:])), true
	case netip.MustParsePrefix("2002::/16").Contains(address):
		return netip.AddrFrom4([4]byte(bytes[2:6])), true
	}
	return netip.Addr{}, false
}

func unicast() netip.Prefix { return netip.MustParsePrefix("2000::/3") }

type block struct {
	prefix netip.Prefix
	what   string
}

// special are the blocks of the two registries of IANA for special purposes, and of what a
// cloud answers under an address of its own.
func special() (blocks []block) {
	for _, row := range [...][2]string{
		{"0.0.0.0/8", "unspecified"},
		{"10.0.0.0/8", "private"},
		{"100.64.0.0/10", "shared by carriers (CGNAT)"},
		{"127.0.0.0/8", "loopback"},
		{"168.63.129.16/32", "metadata of a cloud"},
		{"169.254.169.254/32", "metadata of a cloud"},
		{"169.254.0.0/16", "link-local"},
		{"172.16.0.0/12", "private"},
		{"192.0.0.0/24", "for protocols"},
		{"192.0.2.0/24", "for documentation"},
		{"192.88.99.0/24", "relay of 6to4"},
		{"192.168.0.0/16", "private"},
		{"198.18.0.0/15", "for measurements"},
		{"198.51.100.0/24", "for documentation"},
		{"203.0.113.0/24", "for documentation"},
		{"224.0.0.0/4", "multicast"},
		{"240.0.0.0/4", "reserved"},
		{"::/128", "unspecified"},
		{"::1/128", "loopback"},
		{"fd00:ec2::254/128", "metadata of a cloud"},
		{"fc00::/7", "private"},
		{"fe80::/10", "link-local"},
		{"fec0::/10", "private"},
		{"ff00::/8", "multicast"},
		{"2001::/23", "for protocols"},
		{"2001:db8::/32", "for documentation"},
		{"3fff::/20", "for documentation"},
	} {
		blocks = append(blocks, block{netip.MustParsePrefix(row[0]), row[1]})
	}
	return blocks
}
