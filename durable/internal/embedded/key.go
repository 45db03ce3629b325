package embedded

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/nats-io/nats-server/v2/server"
)

// ErrKey is that the key does not fit the store.
var ErrKey = errors.New("the key does not fit the store")

// fitsKey compares what is on the disk with whether there is a key, before the server looks:
// it would encrypt a store that is not, and take streams for lost that it can't read.
func fitsKey(o Options, streams []string) error {
	for _, name := range streams {
		dir := filepath.Join(streamsDir(o.Dir), name)
		switch encrypted := exists(filepath.Join(dir, server.JetStreamMetaFileKey)); {
		case encrypted && len(o.Key) == 0:
			return fmt.Errorf("store %s: %w: it is encrypted, and no key was given", o.Dir, ErrKey)
		case !encrypted && len(o.Key) > 0 && exists(filepath.Join(dir, server.JetStreamMetaFile)):
			return fmt.Errorf("store %s: %w: it is not encrypted, and a key was given", o.Dir, ErrKey)
		}
	}
	return nil
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}
