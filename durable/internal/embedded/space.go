package embedded

import "cmp"

// scarce is the free space below which the log warns: a tenth of what the store may take, at
// least 64 MiB.
func scarce(maxStore int64) uint64 {
	return uint64(max(maxStore/10, 64<<20))
}

// warnSpace says where the disk is nearly full: the server stops storing on a full one.
func warnSpace(o Options) {
	free, err := freeSpace(o.Dir)
	if err != nil {
		o.Logger.Debug("free space of the store is not known", "directory", o.Dir, "error", err)
		return
	}
	if expected := cmp.Or(o.Expected, o.MaxStore); free < scarce(expected) {
		o.Logger.Warn("the disk of the store is nearly full", "directory", o.Dir,
			"free", free, "max store", expected)
	}
}
