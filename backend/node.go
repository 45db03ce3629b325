package backend

import (
	"errors"
	"net"
	"net/netip"
	"strings"
)

// NodeURL returns the default URL of a node's REST API: port 8081 at the address after the
// @ in its nodeId, such as http://10.0.0.7:8081/rest-api. It returns an error for an id
// without an address.
func NodeURL(node string) (string, error) {
	at := strings.LastIndexByte(node, '@')
	host := node[at+1:]
	switch {
	case at < 0 || host == "":
		return "", errors.New("no address in the node's id")
	case !isHost(host):
		return "", errors.New("what follows the @ in the node's id is no address")
	}
	return "http://" + net.JoinHostPort(host, "8081") + "/rest-api", nil
}

func isHost(host string) bool {
	if ip, err := netip.ParseAddr(host); err == nil {
		return ip.Zone() == ""
	}
	return strings.Trim(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-") == ""
}
