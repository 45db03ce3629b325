//go:build unix

package embedded

import "os"

func syncDir(path string) error { return syncPath(path, os.O_RDONLY) }
