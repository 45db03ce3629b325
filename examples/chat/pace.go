package main

import "time"

// Rate limit: a client may send paceBurst messages at once, and then one every
// pacePeriod.
const (
	paceBurst  = 10
	pacePeriod = 200 * time.Millisecond
)

// pace is the rate limiter of one client (a token bucket). The zero value is ready. It
// is not safe for concurrent use.
type pace struct {
	paid time.Time // the messages so far use up the time until here
}

func (p *pace) allow(now time.Time) bool {
	if p.paid.Before(now) {
		p.paid = now
	}
	if p.paid.Sub(now) > (paceBurst-1)*pacePeriod {
		return false
	}
	p.paid = p.paid.Add(pacePeriod)
	return true
}
