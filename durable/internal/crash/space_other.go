//go:build !linux

package crash

import (
	"errors"
	"fmt"
)

// space is a network namespace, where there are any.
type space struct{}

func newSpace() (*space, error) {
	return nil, fmt.Errorf("network namespace: %w", errors.ErrUnsupported)
}

func (*space) do(f func() error) error { return f() }
func (*space) ip(string) error         { return errors.ErrUnsupported }
func (*space) path() string            { return "" }
func (*space) close()                  {}
