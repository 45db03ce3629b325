// Package embedded runs a NATS server with JetStream in the process, without a socket.
//
// One process at a time has the directory of a store. A disk that is full makes the server
// refuse everything until it is started again: the package does so when there is room, and the
// connections of [Server.Connect] reconnect by themselves.
package embedded
