// Package monitoring tests the alert rules and the dashboard beside it against a real
// Prometheus. It has no code of its own.
package monitoring
