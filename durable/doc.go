// Package durable keeps the events of resthook on NATS JetStream, so that they survive a
// crash of the media server, and ends the sessions that a crash left open.
package durable
