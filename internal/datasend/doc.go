// Package datasend is an HTTP handler for messages that a backend sends to the clients of
// sessions. A [Handler] checks the credentials and the form of a request, finds out which
// sessions it is for, passes the message on, answers and logs. It does not know the type
// of the messages.
package datasend
