package embedded

import "github.com/nats-io/nats-server/v2/server"

// Config returns what the server is told.
func (o Options) Config() *server.Options { return o.withDefaults().config() }
