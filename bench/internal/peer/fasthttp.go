package peer

import (
	"context"
	"encoding/json"
	"net"
	"net/http"
	"time"

	"github.com/valyala/fasthttp"
)

func fastHTTPEntry() Entry {
	return Entry{
		Name: "fasthttp", Does: "encoding/json both ways, no timeout, no context", Decodes: true,
		Open: func(t Target) (Contestant, error) {
			workers, err := newPlainWorkers(t.Workers)
			client := &fasthttp.Client{MaxConnsPerHost: 16384, MaxIdleConnDuration: time.Minute, Dial: patient}
			return &fastHTTP{plainWorkers: workers, url: t.hookURL(), client: client}, err
		},
	}
}

// patient dials with net/http's limit; fasthttp's is 3 seconds, too short for a
// growth to thousands of connections on a busy machine.
func patient(address string) (net.Conn, error) { return fasthttp.DialTimeout(address, 30*time.Second) }

type fastHTTP struct {
	plainWorkers

	url    string
	client *fasthttp.Client
}

func (c *fastHTTP) Send(_ context.Context, worker int) error {
	body, err := json.Marshal(c.sent[worker])
	if err != nil {
		return err
	}
	req, resp := fasthttp.AcquireRequest(), fasthttp.AcquireResponse()
	defer fasthttp.ReleaseRequest(req)
	defer fasthttp.ReleaseResponse(resp)
	req.SetRequestURI(c.url)
	req.Header.SetMethod(http.MethodPost)
	req.Header.SetContentType("application/json")
	req.SetBodyRaw(body)
	if err := c.client.Do(req, resp); err != nil {
		return err
	}
	if resp.StatusCode() != http.StatusOK {
		return statusError(resp.StatusCode())
	}
	c.taken[worker] = new(Stream)
	return json.Unmarshal(resp.Body(), c.taken[worker])
}

func (c *fastHTTP) Close() error {
	c.client.CloseIdleConnections()
	return nil
}
