package resthook

import "time"

// Millis is a moment in milliseconds since 1970, as createDate has it. Zero
// means that it is not known.
type Millis int64

// MillisOf returns the moment t.
func MillisOf(t time.Time) Millis { return Millis(t.UnixMilli()) }

// Time returns the moment in local time.
func (m Millis) Time() time.Time { return time.UnixMilli(int64(m)) }
