package resthook_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"sync"
	"testing"

	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
	"github.com/wcskit/resthook/backend"
)

// benchStream is a StreamStatusEvent of some 600 bytes.
func benchStream() *resthook.Stream {
	return &resthook.Stream{
		NodeID: "Qm3vTz8kWn5rYb2xJc7dLf4gHs9pAe6u@127.0.0.1", AppKey: "defaultApp",
		SessionID:      "/10.20.30.40:64573/10.20.30.1:8443-0b6ae1f0-6c1f-4f0e-9d2e-1d5b7f3a9c11",
		MediaSessionID: "5d0c2b70-7e54-4b8a-93f5-0f6f7c1d2e3a", Name: "conference-42/camera-7",
		Published: true, HasVideo: true, HasAudio: true, Status: resthook.StreamPublishing,
		AudioCodec: "opus", VideoCodec: "H264", Width: 1280, Height: 720, Bitrate: 2500, MinBitrate: 500,
		MaxBitrate: 4000, FPS: 30, GOP: 60, AudioBitrate: 48, Transport: "UDP", CreateDate: 1795456800123,
		MediaType: "publish", MediaProvider: "WebRTC", AudioState: &resthook.MediaState{}, VideoState: &resthook.MediaState{},
	}
}

func benchPlain(b *testing.B) *plainWire {
	b.Helper()
	text, err := json.Marshal(benchStream())
	require.NoError(b, err)
	plain := new(plainWire)
	require.NoError(b, json.Unmarshal(text, plain))
	return plain
}

// One hook over loopback, with the backend in the same process, compared with plain
// net/http and encoding/json.
func BenchmarkHook(b *testing.B) {
	server := httptest.NewServer(backend.Echo())
	defer server.Close()
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: server.URL}))
	require.NoError(b, err)
	defer func() { require.NoError(b, client.Close(context.Background())) }()

	b.Run("net-http-by-hand", func(b *testing.B) {
		transport := &http.Transport{MaxIdleConnsPerHost: 200, DisableCompression: true}
		defer transport.CloseIdleConnections()
		poster := http.Client{Transport: transport}
		plain := benchPlain(b)
		b.ReportAllocs()
		for b.Loop() {
			require.NoError(b, postByHand(b.Context(), &poster, server.URL+"/StreamStatusEvent", plain))
		}
	})
	b.Run("send-to-client", func(b *testing.B) { benchSend(b, client) })
	b.Run("send-notify", func(b *testing.B) { benchSend(b, benchSession(b, client, "")) })
	b.Run("send-overwrite", func(b *testing.B) {
		benchSend(b, benchSession(b, client, `"restPolicy":"OVERWRITE","restOverwrite":"name,status,width,height,bitrate"`))
	})
}

// An event from Notify to delivered, with the default workers and 64 sessions.
func BenchmarkNotify(b *testing.B) {
	server := httptest.NewServer(backend.Echo())
	defer server.Close()
	var delivered sync.WaitGroup
	client, err := resthook.NewClient(resthook.DefaultConfig(), resthook.WithApp(resthook.App{URL: server.URL}),
		resthook.WithObserver(resthook.Observer{Event: func(context.Context, resthook.EventOutcome) { delivered.Done() }}))
	require.NoError(b, err)
	defer func() { require.NoError(b, client.Close(context.Background())) }()
	sessions := make([]*resthook.Session, 64)
	for i := range sessions {
		sessions[i], err = client.Resume(&resthook.Connection{SessionID: strconv.Itoa(i)})
		require.NoError(b, err)
	}
	stream := benchStream()
	b.ReportAllocs()
	n := 0
	for b.Loop() {
		delivered.Add(1)
		if err := resthook.StreamStatusEvent.Notify(b.Context(), sessions[n%len(sessions)], stream); err != nil {
			b.Fatal(err)
		}
		if n++; n%1000 == 0 {
			delivered.Wait()
		}
	}
	delivered.Wait()
}

func benchSession(t testing.TB, client *resthook.Client, rule string) *resthook.Session {
	t.Helper()
	return sessionUnder(t, client, resthook.Connection{AppKey: "defaultApp", SessionID: "s"}, `{"StreamStatusEvent":{`+rule+`}}`)
}

func benchSend(b *testing.B, to resthook.Target) {
	b.Helper()
	stream := benchStream()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := resthook.StreamStatusEvent.Send(b.Context(), to, stream); err != nil {
			b.Fatal(err)
		}
	}
}

func postByHand(ctx context.Context, client *http.Client, url string, payload *plainWire) error {
	body, err := json.Marshal(payload)
	if err != nil {
		return err
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, url, bytes.NewReader(body))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	resp, err := client.Do(req)
	if err != nil {
		return err
	}
	defer func() { _ = resp.Body.Close() }()
	answer, err := io.ReadAll(resp.Body)
	if err != nil {
		return err
	}
	return json.Unmarshal(answer, new(plainWire))
}
