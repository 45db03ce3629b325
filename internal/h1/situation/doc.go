// Package situation has test cases for an HTTP/1.1 client: what a backend and the network
// can do to it. Each situation is played with two clients, on real sockets, and the results
// are compared. So the project's own transport is compared with net/http.
//
//	for _, s := range situation.All() {
//		s.Compare(t, newOwn, situation.Standard)
//	}
package situation
