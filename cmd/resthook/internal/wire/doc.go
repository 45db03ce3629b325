// Package wire shows hooks and answers as they went over the wire, their secrets
// masked.
package wire
