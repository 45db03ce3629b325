package resthook

import (
	"bytes"

	"github.com/wcskit/resthook/internal/jsontext"
)

// buffers are what one hook needs for its bytes on the road. A client lends them
// to one hook after the other. Nothing that outlives the hook may point into
// them.
type buffers struct {
	body   []byte            // the payload
	out    []byte            // the request as it goes out
	answer bytes.Buffer      // of the last attempt
	given  [][]byte          // the answer's values that the rule may take
	had    [][]byte          // the payload's in their places
	taken  []jsontext.Member // what the rule takes
}

// largeBuffer, in bytes, and manyFields are more than most hooks need: what grew
// beyond is not kept.
const (
	largeBuffer = 16 << 10
	manyFields  = 80
)

func (c *Client) lend() *buffers {
	if c == nil {
		return &buffers{}
	}
	if b, ok := c.buffers.Get().(*buffers); ok {
		return b
	}
	return &buffers{body: make([]byte, 0, 1024)} // most payloads, SDP aside
}

// giveBack ends what a hook has borrowed.
func (c *Client) giveBack(b *buffers) {
	if c == nil || c.opts == nil || b.large() {
		return
	}
	if c.opts.transport != nil {
		b.body = nil // a transport of the media server's may still be reading it
	}
	clear(b.given[:cap(b.given)])
	clear(b.had[:cap(b.had)])
	clear(b.taken[:cap(b.taken)])
	c.buffers.Put(b)
}

func (b *buffers) large() bool {
	return cap(b.body) > largeBuffer || cap(b.out) > 2*largeBuffer || b.answer.Cap() > largeBuffer || cap(b.given) > manyFields || cap(b.had) > manyFields || cap(b.taken) > manyFields
}
