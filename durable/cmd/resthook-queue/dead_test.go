package main

import (
	"context"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/durable/internal/embedded"
	"github.com/wcskit/resthook/durable/internal/wire"
	"github.com/wcskit/resthook/hooktest"
)

// deadIDs are the ids of the dead letters.
func deadIDs(t testing.TB, dir string, args ...string) (ids []string) {
	t.Helper()
	for _, id := range field(objects(t, fine(t, append([]string{"dead", "list", "--json", "--store", dir}, args...)...)), "id") {
		text, _ := id.(string)
		ids = append(ids, text)
	}
	return ids
}

func TestDeadList(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	all := objects(t, fine(t, "dead", "list", "--json", "--store", dir))
	require.Len(t, all, 2)
	assert.Equal(t, []any{"failed", "failed"}, field(all, "reason"))
	assert.Equal(t, []any{"PUBLISHING", "PUBLISHING"}, field(all, "event_status"))
	assert.ElementsMatch(t, []any{"session-1", "session-2"}, field(all, "session"))
	assert.Len(t, deadIDs(t, dir, "--app", "otherApp"), 1)
	assert.Len(t, deadIDs(t, dir, "--limit", "1"), 1)
	assert.Len(t, deadIDs(t, dir, "--since", "1h"), 2)
	assert.Empty(t, deadIDs(t, dir, "--since", "0s"))
	assert.Empty(t, deadIDs(t, dir, "--since", time.Now().Add(time.Hour).Format(time.RFC3339)))
	assert.Empty(t, fine(t, "dead", "list", "--app", "none", "--store", dir))
}

func TestDeadShow(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	id := deadIDs(t, dir)[0]
	assert.Equal(t, []any{id}, field(objects(t, fine(t, "dead", "show", id, "--json", "--store", dir)), "id"))
	do(t, "dead", "show", "nobody", "--store", dir).isFault(t, exitFault, `dead letter "nobody": there is none`)
}

// What is sent again reaches the backend with its id, and is no dead letter any more.
func TestResend(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	ids := deadIDs(t, dir)
	assert.Equal(t, "1 dead letter sent again\n", fine(t, "dead", "resend", ids[0], "--store", dir))
	assert.Equal(t, ids[1:], deadIDs(t, dir))
	assert.Len(t, objects(t, fine(t, "events", "--json", "--node", "resend", "--store", dir)), 1)
	assert.JSONEq(t, `{"resent":1,"missing":[],"damaged":[]}`, fine(t, "dead", "resend", "--all", "--json", "--store", dir))
	assert.Empty(t, deadIDs(t, dir))

	backend := hooktest.NewBackend(t)
	s, _ := openStore(t, dir)
	mediaServer(t, backend, s)
	assert.ElementsMatch(t, ids, arrived(t, backend, 2))
}

// arrived waits for events whose status is PUBLISHING, and returns their ids.
func arrived(t testing.TB, backend *hooktest.Backend, n int) (ids []string) {
	t.Helper()
	require.Eventually(t, func() bool {
		ids = nil
		for _, r := range backend.Requests("StreamStatusEvent") {
			if r.Status() == "PUBLISHING" {
				ids = append(ids, r.Header.Get("Webhook-Id"))
			}
		}
		return len(ids) >= n
	}, 15*time.Second, 10*time.Millisecond)
	return ids
}

// An event that is given up again at once is a dead letter again: its id is known to the stream.
func TestResendFailsAgain(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	ids := deadIDs(t, dir)
	fine(t, "dead", "resend", "--all", "--store", dir)
	backend := hooktest.NewBackend(t)
	backend.On("StreamStatusEvent").Status(http.StatusBadRequest, "").Times(1000)
	s, shut := openStore(t, dir)
	mediaServer(t, backend, s)
	arrived(t, backend, 2)
	time.Sleep(200 * time.Millisecond) // until they are dead letters
	shut()
	assert.Subset(t, deadIDs(t, dir), ids)
}

func TestResendOfAnApp(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	assert.Equal(t, "1 dead letter sent again\n", fine(t, "dead", "resend", "--all", "--app", "otherApp", "--store", dir))
	assert.Equal(t, []any{"otherApp"}, field(objects(t, fine(t, "events", "--json", "--node", "resend", "--store", dir)), "app"))
	assert.Len(t, deadIDs(t, dir, "--app", "defaultApp"), 1)
}

func TestDrop(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	ids := deadIDs(t, dir)
	assert.Equal(t, "1 dead letter dropped\n", fine(t, "dead", "drop", ids[1], "--store", dir))
	assert.Equal(t, ids[:1], deadIDs(t, dir))
	assert.JSONEq(t, `{"dropped":1,"missing":[],"damaged":[]}`, fine(t, "dead", "drop", "--all", "--json", "--store", dir))
	assert.Empty(t, deadIDs(t, dir))
	assert.Equal(t, "0 dead letters dropped\n", fine(t, "dead", "drop", "--all", "--store", dir))
	assert.Len(t, objects(t, fine(t, "events", "--json", "--store", dir)), 4)
}

func TestDropOfAnApp(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	assert.Equal(t, "1 dead letter dropped\n", fine(t, "dead", "drop", "--all", "--app", "defaultApp", "--store", dir))
	assert.Len(t, deadIDs(t, dir, "--app", "otherApp"), 1)
}

// What is there is changed, though an id is not there.
func TestMissingIDs(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	ids := deadIDs(t, dir)
	got := do(t, "dead", "resend", "nobody", ids[0], "nobody", "--store", dir)
	assert.Equal(t, ran{exitFault, "1 dead letter sent again\n", "resthook-queue: dead letter \"nobody\": there is none\n"}, got)
	got = do(t, "dead", "drop", "nobody", ids[1], "--json", "--store", dir)
	assert.Equal(t, ran{exitFault, `{"dropped":1,"missing":["nobody"],"damaged":[]}` + "\n", "resthook-queue: dead letter \"nobody\": there is none\n"}, got)
}

// store changes a store as something else than this module would.
func inStore(t testing.TB, dir string, change func(jetstream.JetStream)) {
	t.Helper()
	server, err := embedded.Start(t.Context(), embedded.Options{Dir: dir})
	require.NoError(t, err)
	conn, err := server.Connect()
	require.NoError(t, err)
	js, err := jetstream.New(conn)
	require.NoError(t, err)
	change(js)
	require.NoError(t, server.Close(context.Background()))
}

// What is no event can be shown and dropped, not sent.
func TestDamagedLetter(t *testing.T) {
	t.Parallel()
	dir := filled(t)
	fine(t, "dead", "drop", "--all", "--store", dir)
	inStore(t, dir, func(js jetstream.JetStream) {
		subject := wire.DamagedSubject("rh.ev.tmfra.b." + wire.AppToken("otherApp") + ".x")
		_, err := js.PublishMsg(t.Context(), &nats.Msg{Subject: subject, Data: []byte("\xffno json"), Header: nats.Header{wire.HeaderReason: {"damaged"}}})
		require.NoError(t, err)
	})
	all := objects(t, fine(t, "dead", "list", "--json", "--payload", "--store", dir))
	assert.Equal(t, []any{"otherApp"}, field(all, "app"))
	assert.Equal(t, []any{"\ufffdno json"}, field(all, "payload"))
	id, _ := all[0]["id"].(string)
	require.True(t, strings.HasPrefix(id, "damaged."), id)
	assert.Contains(t, fine(t, "dead", "show", id, "--store", dir), "reason         damaged\n")
	got := do(t, "dead", "resend", "--all", "--store", dir)
	assert.Equal(t, ran{exitFault, "0 dead letters sent again\n", "resthook-queue: dead letter \"" + id + "\": it is damaged and no event; it can be dropped\n"}, got)
	assert.Contains(t, fine(t, "status", "--json", "--store", dir), `{"app":"otherApp","count":1,"closing":0,"status":0,"progress":0,"damaged":1}`)
	assert.Equal(t, "1 dead letter dropped\n", fine(t, "dead", "drop", id, "--store", dir))
}
