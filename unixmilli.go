package resthook

import "time"

// UnixMilli is a moment in milliseconds since 1970, as createDate has it. Zero
// means that it is not known.
type UnixMilli int64

// UnixMilliOf returns the moment t.
func UnixMilliOf(t time.Time) UnixMilli { return UnixMilli(t.UnixMilli()) }

// Time returns the moment in local time.
func (m UnixMilli) Time() time.Time { return time.UnixMilli(int64(m)) }
