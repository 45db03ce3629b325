// Package latency counts durations and tells their percentiles.
package latency
