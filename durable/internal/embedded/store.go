package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"github.com/nats-io/nats-server/v2/server"
)

// streamsDir is where the server has a directory for each stream.
func streamsDir(dir string) string {
	return filepath.Join(dir, server.JetStreamStoreDir, server.DEFAULT_GLOBAL_ACCOUNT, "streams")
}

// Exists says whether a directory has a store.
func Exists(dir string) (bool, error) {
	streams, err := storedStreams(dir)
	return len(streams) > 0, err
}

// storedStreams returns the names of the streams on the disk, those that cannot be opened too.
func storedStreams(dir string) ([]string, error) {
	entries, err := os.ReadDir(streamsDir(dir))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look into the store: %w", err)
	}
	var names []string
	for _, e := range entries {
		if !strings.HasPrefix(e.Name(), ".") { // one that is being deleted
			names = append(names, e.Name())
		}
	}
	return names, nil
}
