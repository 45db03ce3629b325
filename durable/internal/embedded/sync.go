package embedded

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// SyncFiles writes every file and directory of the store through to the disk. The server does
// not do so with those of a new stream, which a loss of power takes away as a whole: call it
// once after the streams of a new store are made. It takes an fsync for each file.
func (s *Server) SyncFiles() error {
	parent := syncDir(filepath.Dir(s.o.Dir)) // has the name of the store's directory
	err := filepath.WalkDir(s.o.Dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil {
			err = syncEntry(path, e)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the server removed it meanwhile
		}
		return err
	})
	if err := errors.Join(parent, err); err != nil {
		return fmt.Errorf("sync the store: %w", err)
	}
	return nil
}

func syncEntry(path string, e fs.DirEntry) error {
	switch {
	case e.IsDir():
		return syncDir(path)
	case e.Type().IsRegular():
		return syncPath(path, os.O_RDWR) // Windows syncs only what may be written
	}
	return nil
}

func syncPath(path string, flag int) error {
	f, err := os.OpenFile(path, flag, 0)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close())
}
