package h1

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"syscall"
)

// GuardFunc returns an error for an address that must not be dialled. It is called on any
// goroutine.
type GuardFunc func(netip.Addr) error

// AddressError means that a [GuardFunc] has refused an address.
type AddressError struct{ Err error }

// Error is the guard's error.
func (e *AddressError) Error() string { return e.Err.Error() }

// Unwrap returns the guard's error.
func (e *AddressError) Unwrap() error { return e.Err }

// control is a function for [net.Dialer] that asks the guard about the address of a socket,
// just before it is connected. So no name is looked up after the check.
func (guard GuardFunc) control(_ context.Context, _, address string, _ syscall.RawConn) error {
	at, err := netip.ParseAddrPort(address)
	if err != nil {
		return &AddressError{fmt.Errorf("not an address of the internet: %w", err)}
	}
	if err := guard.ask(at.Addr().Unmap().WithZone("")); err != nil {
		return &AddressError{err}
	}
	return nil
}

// ask recovers from a panic: a dial may run on a goroutine of its own.
func (guard GuardFunc) ask(address netip.Addr) (err error) {
	defer func() {
		if r := recover(); r != nil {
			err = fmt.Errorf("the address guard panicked: %.40q", fmt.Sprint(r))
		}
	}()
	return guard(address)
}

// isRefused reports whether a guard has refused the address of a dial.
func isRefused(err error) bool {
	_, ok := errors.AsType[*AddressError](err)
	return ok
}

// newDialer is the dialer of one address.
func newDialer(guard GuardFunc) *net.Dialer {
	d := &net.Dialer{KeepAlive: keepAlive}
	if guard != nil {
		d.ControlContext = guard.control
	}
	return d
}
