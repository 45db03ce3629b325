// Package situation holds what a backend and the network between can do to an
// HTTP/1.1 client, as situations that any two clients can be put in. It is how
// the project's own transport is held to net/http's: each situation is played
// against both, on real sockets, and the two records are compared.
//
//	for _, s := range situation.All() {
//		ours := s.Record(t, newOwn)
//		theirs := s.Record(t, situation.Standard)
//		for _, fault := range s.Worse(ours, theirs) { t.Error(fault) }
//	}
package situation
