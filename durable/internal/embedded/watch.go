package embedded

import (
	"context"
)

// startWatch looks at the server's health until Close.
func (s *Server) startWatch() {
	ctx, cancel := context.WithCancel(context.Background())
	s.endWatch = cancel
	go func() {
		defer close(s.watched)
		<-ctx.Done()
	}()
}
