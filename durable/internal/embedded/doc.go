// Package embedded runs a NATS server with JetStream in the process, without a socket.
package embedded
