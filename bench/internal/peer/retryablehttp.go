package peer

import (
	"context"
	"encoding/json"

	"github.com/hashicorp/go-retryablehttp"
)

func retryableEntry() Entry {
	return Entry{
		Name: "go-retryablehttp", Does: "NewClient() and json.Decoder, as commonly used; its log line per request off", Decodes: true,
		Open: func(t Target) (Contestant, error) {
			workers, err := newPlainWorkers(t.Workers)
			client := retryablehttp.NewClient()
			client.Logger = nil
			return &retryable{plainWorkers: workers, url: t.hookURL(), client: client}, err
		},
	}
}

type retryable struct {
	plainWorkers

	url    string
	client *retryablehttp.Client
}

func (c *retryable) Send(ctx context.Context, worker int) error {
	body, err := json.Marshal(c.sent[worker])
	if err != nil {
		return err
	}
	req, err := retryablehttp.NewRequestWithContext(ctx, "POST", c.url, body)
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := c.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	c.taken[worker], err = decodeOnly(resp)
	return err
}

func (c *retryable) Close() error {
	c.client.HTTPClient.CloseIdleConnections()
	return nil
}
