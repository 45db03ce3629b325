//go:build !race

package resthook_test

import (
	"bytes"
	"context"
	"fmt"
	"net"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

// mirrorWithoutAllocating answers each request with the same text. A request
// ends with the object in it.
func mirrorWithoutAllocating(t *testing.T, body string) string {
	t.Helper()
	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)
	over := make(chan struct{})
	go func() {
		defer close(over)
		conn, err := listener.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		answer := fmt.Appendf(nil, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nDate: Tue, 24 Nov 2026 06:00:00 GMT\r\nContent-Length: %d\r\n\r\n%s", len(body), body)
		for request := make([]byte, 64<<10); ; {
			n, err := conn.Read(request)
			if err != nil {
				return
			}
			if bytes.HasSuffix(request[:n], []byte("}")) {
				_, _ = conn.Write(answer)
			}
		}
	}()
	t.Cleanup(func() {
		assert.NoError(t, listener.Close())
		<-over
	})
	return "http://" + listener.Addr().String()
}

// The most that a hook may allocate, with an observer set.
//
//nolint:paralleltest // it counts the allocations of the whole process
func TestAllocationsOfAHook(t *testing.T) {
	stream := benchStream()
	text, err := stream.MarshalJSON()
	require.NoError(t, err)
	client := newClient(t, mirrorWithoutAllocating(t, string(text)), resthook.WithObserver(resthook.Observer{
		Start:   func(ctx context.Context, _ resthook.Start) context.Context { return ctx },
		Attempt: func(context.Context, resthook.Attempt) {},
		End:     func(context.Context, resthook.Outcome) {},
	}))
	all := `"restPolicy":"OVERWRITE","restOverwrite":"mediaSessionId,name,published,hasVideo,hasAudio,status,record,width,height,bitrate,` +
		`minBitrate,maxBitrate,mediaProvider,mediaType,audioCodec,videoCodec,gop,fps,audioBitrate,audioState,videoState,transport,createDate"`
	for _, c := range []struct {
		name string
		to   resthook.Target
		most float64
	}{
		{"send", client, 40},
		{"under NOTIFY", benchSession(t, client, ""), 38},
		{"decoded", benchSession(t, client, all), 48},
	} {
		send := func() {
			if _, err := resthook.StreamStatusEvent.Send(t.Context(), c.to, stream); err != nil {
				t.Fatal(err)
			}
		}
		allocs := testing.AllocsPerRun(200, send)
		assert.LessOrEqual(t, allocs, c.most, c.name)
		t.Logf("%s: %.0f allocations", c.name, allocs)
	}
}
