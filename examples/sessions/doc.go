// Package sessions has an Example for each thing that a session does: obey the
// backend's policy, deliver events in order, ask after live streams, and admit
// players who have no session. Run them with go test ./examples/sessions.
package sessions
