package peer

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"time"
)

// timeout is rest_request_timeout's default.
const timeout = 15 * time.Second

// tuned is a net/http transport as its manual tells to set it for one host.
func tuned() *http.Transport {
	return &http.Transport{MaxIdleConnsPerHost: 16384, DisableCompression: true}
}

// stock is net/http's default transport, with connections of its own.
func stock() *http.Transport {
	shared, ok := http.DefaultTransport.(*http.Transport) //nolint:forbidigo // to be copied, which is what is measured
	if !ok {
		return &http.Transport{}
	}
	return shared.Clone()
}

func netHTTPEntries() []Entry {
	return []Entry{
		{
			Name: Floor, Does: "encoding/json both ways, pool sized, no timeout, no retry; the ratio 1", Decodes: true,
			Open: func(t Target) (Contestant, error) { return newNetHTTP(t, tuned(), 0, readAll) },
		},
		{
			Name: "net/http tuned, timeout", Does: "the same with http.Client.Timeout", Decodes: true,
			Open: func(t Target) (Contestant, error) { return newNetHTTP(t, tuned(), timeout, readAll) },
		},
		{
			Name: "net/http defaults", Does: "http.Client{} and json.Decoder, as most write it", Decodes: true,
			Open: func(t Target) (Contestant, error) { return newNetHTTP(t, stock(), 0, decodeOnly) },
		},
	}
}

type netHTTP struct {
	plainWorkers

	url       string
	client    *http.Client
	transport *http.Transport
	read      func(*http.Response) (*Stream, error)
}

func newNetHTTP(t Target, transport *http.Transport, limit time.Duration, read func(*http.Response) (*Stream, error)) (Contestant, error) {
	workers, err := newPlainWorkers(t.Workers)
	return &netHTTP{
		plainWorkers: workers, url: t.hookURL(), transport: transport, read: read,
		client: &http.Client{Transport: transport, Timeout: limit},
	}, err
}

func (c *netHTTP) Send(ctx context.Context, worker int) error {
	body, err := json.Marshal(c.sent[worker])
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, c.url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	c.taken[worker], err = c.read(resp)
	return err
}

func (c *netHTTP) Close() error {
	c.transport.CloseIdleConnections()
	return nil
}

// readAll takes the whole answer whatever its status, so that the connection is
// reused.
func readAll(resp *http.Response) (*Stream, error) {
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		return nil, err
	}
	if resp.StatusCode != http.StatusOK {
		return nil, statusError(resp.StatusCode)
	}
	answer := new(Stream)
	return answer, json.Unmarshal(text, answer)
}

// decodeOnly reads what it needs, and of a refusal nothing.
func decodeOnly(resp *http.Response) (*Stream, error) {
	if resp.StatusCode != http.StatusOK {
		return nil, statusError(resp.StatusCode)
	}
	answer := new(Stream)
	return answer, json.NewDecoder(resp.Body).Decode(answer)
}

func statusError(status int) error { return fmt.Errorf("answered with status %d", status) }
