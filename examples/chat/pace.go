package main

import "time"

// A client may say paceBurst messages at once, and then one each pacePeriod.
const (
	paceBurst  = 10
	pacePeriod = 200 * time.Millisecond
)

// pace holds a client to that. The zero pace is ready; it is not safe for
// concurrent use.
type pace struct {
	paid time.Time // until when the time is spent that messages take
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
