//go:build !unix

package measure

import (
	"errors"
	"fmt"
	"time"
)

// CPU can't be told here.
func CPU() (time.Duration, error) {
	return 0, fmt.Errorf("processor time of this process: %w", errors.ErrUnsupported)
}
