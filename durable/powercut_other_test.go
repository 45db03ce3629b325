//go:build !linux

package durable_test

// powerCutProcess runs what a test has started this binary for.
func powerCutProcess() bool { return false }
