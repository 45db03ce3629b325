package peer

import (
	"context"
	"errors"
	"fmt"

	"github.com/livekit/protocol/livekit"
	"github.com/livekit/protocol/webhook"
	"github.com/prometheus/client_golang/prometheus"
)

func liveKitEntries() []Entry {
	const does = "a protobuf event of the same size as JSON, signed; the answer is not read"
	return []Entry{
		{Name: LiveKit, Does: does + "; 10 workers, its default", Open: func(t Target) (Contestant, error) {
			return newLiveKit(t, webhook.NewURLNotifier(webhook.URLNotifierParams{
				URL: t.hookURL(), APIKey: "key", APISecret: liveKitSecret,
			})), nil
		}},
		{Name: LiveKitRes, Does: does + "; a goroutine per room", Open: func(t Target) (Contestant, error) {
			return newLiveKit(t, webhook.NewResourceURLNotifier(webhook.ResourceURLNotifierParams{
				URL: t.hookURL(), APIKey: "key", APISecret: liveKitSecret,
			})), nil
		}},
	}
}

const liveKitSecret = "of-a-benchmark-nothing-to-keep-secret"

// liveKit waits for each of its events, one on its way for each worker.
type liveKit struct {
	notifier webhook.QueuedNotifier
	events   []*livekit.WebhookEvent
	over     []chan error
}

// liveKitWorker is the key under which an event's context has the worker.
type liveKitWorker struct{}

func newLiveKit(t Target, notifier webhook.QueuedNotifier) *liveKit {
	webhook.InitWebhookStats(prometheus.Labels{}) // it panics without
	c := &liveKit{
		notifier: notifier, events: make([]*livekit.WebhookEvent, t.Workers), over: make([]chan error, t.Workers),
	}
	for i := range c.events {
		c.events[i], c.over[i] = liveKitEvent(i), make(chan error, 1)
	}
	notifier.RegisterProcessedHook(func(ctx context.Context, info *livekit.WebhookInfo) {
		if worker, ok := ctx.Value(liveKitWorker{}).(int); ok {
			c.over[worker] <- liveKitError(info)
		}
	})
	return c
}

func liveKitError(info *livekit.WebhookInfo) error {
	switch {
	case info.GetIsDropped():
		return errors.New("the event was dropped")
	case info.GetSendError() != "":
		return errors.New(info.GetSendError())
	}
	return nil
}

func (c *liveKit) Send(ctx context.Context, worker int) error {
	if err := c.notifier.QueueNotify(context.WithValue(ctx, liveKitWorker{}, worker), c.events[worker]); err != nil {
		return err
	}
	return <-c.over[worker]
}

func (c *liveKit) Close() error {
	c.notifier.Stop(false)
	return nil
}

// liveKitEvent is a track_published of some 600 bytes of JSON.
func liveKitEvent(worker int) *livekit.WebhookEvent {
	return &livekit.WebhookEvent{
		Event: "track_published", Id: "EV_5d0c2b707e54", CreatedAt: 1795456800,
		Room: &livekit.Room{
			Sid: "RM_Qm3vTz8kWn5r", Name: fmt.Sprintf("conference-%06d", worker), EmptyTimeout: 300, DepartureTimeout: 20,
			CreationTime: 1795456800, CreationTimeMs: 1795456800123, NumParticipants: 12, NumPublishers: 7,
		},
		Participant: &livekit.ParticipantInfo{
			Sid: "PA_b2xJc7dLf4gH", Identity: "camera-7", State: livekit.ParticipantInfo_ACTIVE, JoinedAt: 1795456800,
			JoinedAtMs: 1795456800123, Version: 3, IsPublisher: true,
		},
		Track: &livekit.TrackInfo{
			Sid: "TR_VCs9pAe6uYb2", Type: livekit.TrackType_VIDEO, Name: "camera", Width: 1280, Height: 720,
			Source: livekit.TrackSource_CAMERA, MimeType: "video/H264", Mid: "1", Stream: "camera",
		},
	}
}
