package backend

import (
	"cmp"
	"strconv"
	"strings"
)

// longestID is how long an id may be, in bytes. A longer one is ignored.
const longestID = 256

// idOf is a copy of the hook's id that can be kept.
func idOf(d Delivery) string {
	if len(d.ID) > longestID {
		return ""
	}
	return strings.Clone(d.ID)
}

// markOf is the mark of a hook's session: the common beginning of its hooks' ids. It is
// the id of connect, or a new one if the session was resumed. It is empty for a hook
// without a session, and if the media server makes its ids differently. The closing event of
// a session that was resumed has the mark that the session had before.
func markOf(d Delivery) string {
	if mark, ok := strings.CutSuffix(idOf(d), closingID); ok {
		return mark
	}
	mark, ok := strings.CutSuffix(idOf(d), "."+strconv.FormatUint(d.Sequence, 10))
	if !ok || d.Sequence == 0 {
		return ""
	}
	return mark
}

// compareMarks says which of two sessions is older. That is known if both marks are of
// the same process of a media server, which numbers them.
func compareMarks(a, b string) (order int, known bool) {
	if a == b {
		return 0, a != ""
	}
	process, n := numbered(a)
	other, m := numbered(b)
	return cmp.Compare(n, m), process == other && n > 0 && m > 0
}

// numbered splits a mark into process and number. The number is 0 if it has none.
func numbered(mark string) (process string, n uint64) {
	at := strings.LastIndexByte(mark, '.')
	n, err := strconv.ParseUint(mark[at+1:], 10, 64)
	if at < 1 || err != nil {
		return "", 0
	}
	return mark[:at], n
}
