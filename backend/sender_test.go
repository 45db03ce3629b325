package backend_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
	"github.com/wcskit/resthook/hooktest"
)

// cluster is a number of media servers on a network in memory.
type cluster struct {
	network   *hooktest.Network
	transport *http.Transport
	urls      map[string]string
}

func newCluster(t *testing.T) *cluster {
	t.Helper()
	c := &cluster{network: hooktest.NewNetwork(), urls: map[string]string{}}
	c.transport = &http.Transport{DialContext: c.network.DialContext}
	t.Cleanup(c.transport.CloseIdleConnections)
	return c
}

// node adds a media server that behaves as the script says.
func (c *cluster) node(t *testing.T, id string, script ...hooktest.Behaviour) *hooktest.Socket {
	t.Helper()
	socket := hooktest.NewSocketOn(t, c.network.Listen(), script...)
	c.urls[id] = socket.URL() + "/rest-api"
	return socket
}

func (c *cluster) sender(t *testing.T) *backend.Sender {
	t.Helper()
	sender, err := backend.NewSender(backend.SenderConfig{
		Transport: c.transport,
		URL: func(node string) (string, error) {
			if url, ok := c.urls[node]; ok {
				return url, nil
			}
			return "", errors.New("not one of ours")
		},
	})
	require.NoError(t, err)
	return sender
}

// on are sessions on nodes, each given as "node/session".
func on(places ...string) iter.Seq[backend.Session] {
	return func(yield func(backend.Session) bool) {
		for _, place := range places {
			node, session, _ := strings.Cut(place, "/")
			if !yield(backend.Session{Node: node, ID: session}) {
				return
			}
		}
	}
}

func hello() *resthook.Data {
	return &resthook.Data{OperationID: "op-1", NodeID: "x", SessionID: "y", Payload: map[string]any{"body": "hello <all>", "n": json.Number("1.0")}}
}

func TestSend(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		a, b := c.node(t, "a", hooktest.Answer(200, "")), c.node(t, "b", hooktest.Answer(200, "ok"))
		require.NoError(t, c.sender(t).Send(t.Context(), on("b/1", "a/2", "b/3"), hello()))
		for socket, want := range map[*hooktest.Socket]string{
			a: `{"nodeId":"a","operationId":"op-1","sessionIds":["2"],"payload":{"body":"hello \u003call\u003e","n":1.0}}`,
			b: `{"nodeId":"b","operationId":"op-1","sessionIds":["1","3"],"payload":{"body":"hello \u003call\u003e","n":1.0}}`,
		} {
			requests := socket.Requests()
			require.Len(t, requests, 1)
			assert.Equal(t, "POST", requests[0].Method)
			assert.Equal(t, "/rest-api/data/send", requests[0].Path)
			assert.Equal(t, "application/json", requests[0].Header.Get("Content-Type"))
			assert.Equal(t, want, string(requests[0].Body))
		}
		require.NoError(t, c.sender(t).Send(t.Context(), on(), hello()), "to nobody")
		assert.Len(t, a.Requests(), 1)
	})
}

func TestSendInChunks(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		a := c.node(t, "a", hooktest.Answer(200, ""))
		var everybody, got []string
		for i := range 2500 {
			everybody = append(everybody, fmt.Sprint(i))
		}
		to := func(yield func(backend.Session) bool) {
			for _, id := range everybody {
				if !yield(backend.Session{Node: "a", ID: id}) {
					return
				}
			}
		}
		data := hello()
		data.OperationID = ""
		require.NoError(t, c.sender(t).Send(t.Context(), to, data))
		operations := map[string]bool{}
		for _, request := range a.Requests() {
			var m struct {
				OperationID string
				SessionIDs  []string
			}
			require.NoError(t, json.Unmarshal(request.Body, &m))
			assert.LessOrEqual(t, len(m.SessionIDs), 1000)
			got = append(got, m.SessionIDs...)
			operations[m.OperationID] = true
		}
		assert.Equal(t, everybody, got)
		assert.Len(t, a.Requests(), 3)
		require.Len(t, operations, 1, "one message, one id")
		for id := range operations {
			assert.Regexp(t, `^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$`, id)
		}
		assert.Equal(t, 1, a.Accepted(), "one connection")
		assert.Empty(t, data.OperationID, "the caller's data are not written")
	})
}

// A failing node does not affect the others.
func TestSendToDeadNodes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		good := c.node(t, "good", hooktest.Answer(200, ""))
		c.node(t, "moved", hooktest.Redirect(307, good.URL()+"/elsewhere"))
		c.node(t, "refusing", hooktest.Answer(404, "who?"))
		c.node(t, "created", hooktest.Answer(201, "{}"))
		c.node(t, "silent", hooktest.AfterRequest(hooktest.Stall))
		c.node(t, "endless", hooktest.EndlessBody())
		c.urls["hole"] = "http://wcs:secret@" + c.network.BlackHole()
		c.urls["down"] = "http://wcs:secret@127.0.0.1:65000"
		c.urls["odd"] = "http://wcs:secret@ho st"
		begun := time.Now()
		err := c.sender(t).Send(t.Context(), on("silent/1", "moved/1", "good/1", "refusing/1", "hole/1", "down/1", "unknown/1", "created/1", "endless/1", "odd/1"), hello())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		for _, says := range []string{
			`send to node "moved": status 307`,
			`send to node "refusing": status 404`,
			`send to node "created": status 201`,
			`send to node "silent": context deadline exceeded`,
			`send to node "hole": `,
			`send to node "down": dial tcp`,
			`send to node "unknown": not one of ours`,
			`send to node "odd": `,
		} {
			assert.ErrorContains(t, err, says)
		}
		assert.NotContains(t, err.Error(), "good")
		assert.NotContains(t, err.Error(), "endless")
		assert.NotContains(t, err.Error(), "secret")
		assert.Len(t, good.Requests(), 1)
		assert.Equal(t, 5*time.Second, time.Since(begun))
		assert.True(t, slices.IsSorted(strings.Split(err.Error(), "\n")))
	})
}

func TestSendEndsWithItsContext(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		a := c.node(t, "a", hooktest.AfterRequest(hooktest.Stall))
		var places []string
		for i := range 2000 {
			places = append(places, fmt.Sprintf("a/%d", i))
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		begun := time.Now()
		require.ErrorIs(t, c.sender(t).Send(ctx, on(places...), hello()), context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(begun))
		assert.Len(t, a.Requests(), 1, "the rest is not tried")
	})
}

// Dead nodes do not delay the others, however many they are.
func TestSendToManyDeadNodes(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		var all atomic.Int32
		begun := time.Now()
		sender, err := backend.NewSender(backend.SenderConfig{
			Transport: roundTripper(func(r *http.Request) (*http.Response, error) {
				all.Add(1)
				if r.URL.Hostname() != "10.0.1.1" {
					<-r.Context().Done()
					return nil, r.Context().Err()
				}
				assert.Zero(t, time.Since(begun))
				return &http.Response{StatusCode: http.StatusOK, Body: http.NoBody}, nil
			}),
		})
		require.NoError(t, err)
		var places []string
		for i := range 40 {
			places = append(places, fmt.Sprintf("n@10.0.0.%d/s", i))
		}
		err = sender.Send(t.Context(), on(append(places, "n@10.0.1.1/s")...), hello())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		assert.NotContains(t, err.Error(), "10.0.1.1")
		assert.EqualValues(t, 41, all.Load())
		assert.Equal(t, 5*time.Second, time.Since(begun))
		sender.Close()
	})
}

func TestSendTimeout(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		c := newCluster(t)
		c.node(t, "a", hooktest.AfterRequest(hooktest.Stall))
		sender, err := backend.NewSender(backend.SenderConfig{
			Transport: c.transport, Timeout: time.Second, URL: func(node string) (string, error) { return c.urls[node], nil },
		})
		require.NoError(t, err)
		begun := time.Now()
		require.ErrorIs(t, sender.Send(t.Context(), on("a/1"), hello()), context.DeadlineExceeded)
		assert.Equal(t, time.Second, time.Since(begun))
	})
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

func TestSendWrong(t *testing.T) {
	t.Parallel()
	sender := newCluster(t).sender(t)
	for _, data := range []*resthook.Data{nil, {}, {Payload: map[string]any{"f": func() {}}}} {
		require.ErrorIs(t, sender.Send(t.Context(), on("a/1"), data), resthook.ErrConfig)
	}
	_, err := backend.NewSender(backend.SenderConfig{Timeout: -1})
	require.ErrorIs(t, err, resthook.ErrConfig)
}

// The sender's own transport, over real sockets, with a name and a password in the
// node's URL.
func TestSendOverTheWire(t *testing.T) {
	t.Parallel()
	var got sync.Map
	var connections atomic.Int32
	server := &http.Server{
		ReadHeaderTimeout: time.Minute,
		Handler: http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			name, password, _ := r.BasicAuth()
			got.Store(name+":"+password, true)
			_, _ = w.Write([]byte(strings.Repeat("x", 10_000)))
		}),
		ConnState: func(_ net.Conn, state http.ConnState) {
			if state == http.StateNew {
				connections.Add(1)
			}
		},
	}
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	var group sync.WaitGroup
	group.Go(func() { _ = server.Serve(listener) })
	sender, err := backend.NewSender(backend.SenderConfig{
		URL: func(node string) (string, error) {
			return "http://" + node + ":secret@" + listener.Addr().String() + "/rest-api", nil
		},
	})
	require.NoError(t, err)
	for _, node := range []string{"a", "b"} {
		require.NoError(t, sender.Send(t.Context(), on(node+"/1"), hello()))
	}
	for _, given := range []string{"a:secret", "b:secret"} {
		_, ok := got.Load(given)
		assert.True(t, ok, given)
	}
	assert.EqualValues(t, 1, connections.Load(), "the answer was read, and the connection used again")
	sender.Close()
	require.NoError(t, sender.Send(t.Context(), on("a/1"), hello()))
	assert.EqualValues(t, 2, connections.Load(), "Close had closed it")
	sender.Close()
	require.NoError(t, server.Close())
	group.Wait()
}

func TestNodeURL(t *testing.T) {
	t.Parallel()
	for node, want := range map[string]string{
		"cm2p2VmswiHZ4pO12Ps8anz1NYudEOL1@192.168.1.101": "http://192.168.1.101:8081/rest-api",
		"a@b@media-1.example.org":                        "http://media-1.example.org:8081/rest-api",
		"a@2001:db8::7":                                  "http://[2001:db8::7]:8081/rest-api",
	} {
		got, err := backend.NodeURL(node)
		require.NoError(t, err)
		assert.Equal(t, want, got)
	}
	for _, node := range []string{
		"", "@", "5tWOFn5ZoMQs22KrEls2Ulhee57hQO9D", "a@", "a@host/path", "a@host:22", "a@user:pass@host?x", "a@[::1]", "a@fe80::1%eth0/x",
		"a@fe80::1%eth0", "a@ho st", "a@host\n", "a@host#", "a@хост", "a@%31",
	} {
		_, err := backend.NodeURL(node)
		require.ErrorContains(t, err, "the node's id", node)
	}
}
