//go:build unix

package embedded

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// syncDir writes the names in a directory through. Some file systems, those of a network among
// them, have no such sync.
func syncDir(path string) error {
	err := syncPath(path, os.O_RDONLY)
	if errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) {
		return nil
	}
	return err
}
