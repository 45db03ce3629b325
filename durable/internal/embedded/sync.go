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
func (s *Server) SyncFiles() error { return syncTree(s.o.Dir) }

func syncTree(dir string) error {
	parent := syncDir(filepath.Dir(dir)) // has the name of the store's directory
	if errors.Is(parent, fs.ErrPermission) {
		parent = nil // it is another's, who made the directory
	}
	err := filepath.WalkDir(dir, func(path string, e fs.DirEntry, err error) error {
		if err == nil {
			err = syncEntry(path, e)
		}
		if errors.Is(err, fs.ErrNotExist) {
			return nil // the server removed it meanwhile
		}
		return err
	})
	if err := errors.Join(parent, err); err != nil {
		return fmt.Errorf("sync the store %s: %w", dir, err)
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
