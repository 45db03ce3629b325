//go:build !linux && !darwin && !freebsd && !windows

package embedded

import "errors"

func freeSpace(string) (uint64, error) { return 0, errors.ErrUnsupported }
