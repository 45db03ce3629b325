package cluster_test

import (
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
)

// refused returns what the servers say to something that a user does.
func refused(t *testing.T, url string, do func(*nats.Conn) error) error {
	t.Helper()
	conn, err := nats.Connect(url, nats.ErrorHandler(func(*nats.Conn, *nats.Subscription, error) {}))
	require.NoError(t, err)
	defer conn.Close()
	require.NoError(t, do(conn))
	require.NoError(t, conn.FlushTimeout(5*time.Second))
	return conn.LastError()
}

// The user may do what the store does, as the other tests show, and nothing else.
func TestPermissions(t *testing.T) {
	t.Parallel()
	c := start(t, 0)
	url := c.urls("resthook")
	publish := func(subject string) func(*nats.Conn) error {
		return func(c *nats.Conn) error { return c.Publish(subject, nil) }
	}
	subscribe := func(subject string) func(*nats.Conn) error {
		return func(c *nats.Conn) error {
			_, err := c.SubscribeSync(subject)
			return err
		}
	}
	for name, do := range map[string]func(*nats.Conn) error{
		"publish to others": publish("orders.new"), "publish to another bucket": publish("$KV.OTHERS.x"), "publish to an inbox": publish("_INBOX.x.y"),
		"listen to events": subscribe("rh.>"), "listen to the API": subscribe("$JS.API.>"), "listen to everything": subscribe(">"),
	} {
		assert.ErrorIs(t, refused(t, url, do), nats.ErrPermissionViolation, name)
	}
	for name, do := range map[string]func(*nats.Conn) error{
		"publish an event": publish("rh.ev.x"), "publish a lease": publish("$KV.RH.n.x"), "listen to replies": subscribe("_INBOX.x.>"),
	} {
		assert.NoError(t, refused(t, url, do), name)
	}
	_, err := nats.Connect(c.servers[0].ClientURL())
	assert.ErrorIs(t, err, nats.ErrAuthorization)
	_, err = nats.Connect(c.servers[0].ClientURL(), nats.UserInfo("resthook", "resthook"))
	assert.ErrorIs(t, err, nats.ErrAuthorization)
}
