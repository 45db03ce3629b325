package backend

import (
	"cmp"
	"strconv"
	"strings"
)

// longestID is how much of an id is kept, in bytes. A longer one is none.
const longestID = 256

// idOf is the hook's id, to be kept.
func idOf(d Delivery) string {
	if len(d.ID) > longestID {
		return ""
	}
	return strings.Clone(d.ID)
}

// markOf is what the ids of a session's hooks begin with: the id of its connect,
// or one of its own where it was resumed. It is empty for a hook without a
// session, and where a media server makes its ids otherwise.
func markOf(d Delivery) string {
	mark, ok := strings.CutSuffix(idOf(d), "."+strconv.FormatUint(d.Sequence, 10))
	if !ok || d.Sequence == 0 {
		return ""
	}
	return mark
}

// compareMarks says which of two sessions was made first, where their marks tell:
// those of one media server's process are numbered.
func compareMarks(a, b string) (order int, known bool) {
	if a == b {
		return 0, a != ""
	}
	process, n := numbered(a)
	other, m := numbered(b)
	return cmp.Compare(n, m), process == other && n > 0 && m > 0
}

// numbered cuts a mark before its number, which is 0 where it has none.
func numbered(mark string) (process string, n uint64) {
	at := strings.LastIndexByte(mark, '.')
	n, err := strconv.ParseUint(mark[at+1:], 10, 64)
	if at < 1 || err != nil {
		return "", 0
	}
	return mark[:at], n
}
