// Package datasend is the server of messages that a backend sends to the clients of
// sessions: who may send them, what a request has to be, whom it is for, how it is
// answered and what is logged of it. What a message says is for others to read: the
// [Handler] does not know its type.
package datasend
