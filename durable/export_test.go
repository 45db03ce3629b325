package durable

import "context"

// Crash ends a store as the end of its process would: nothing is said to anybody.
func (s *Store) Crash() {
	s.stop()
	s.puts.Close()
	s.ends.Close()
	s.conn.Close()
	s.tenure.close()
	s.workers.Wait()
	s.requests.Close()
	if s.end != nil {
		_ = s.end(context.Background())
	}
}

// Lapse does what four seconds without a renewal do.
func (s *Store) Lapse() { s.tenure.end() }
