package main

import (
	"bytes"
	"context"
	"log/slog"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook/internal/leak"
)

func TestMain(m *testing.M) {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // the tests cause many denials
	leak.Exit(m)
}

// told is the output of the quickstart.
const told = `
1. Clients connect: the backend checks their token
   connect        alice with the right token -> admitted, publishStream is now OVERWRITE
   connect        bob   with the right token -> admitted, publishStream is now OVERWRITE

2. A wrong token is refused
   connect        eve   with a wrong token  -> denied, status 403 after 1 attempt

3. Alice publishes: the backend renames her stream
   publishStream  alice asks for "cam"      -> published as "live/cam"

4. Status events tell the backend what happened
   StreamStatusEvent live/cam PUBLISHING
   StreamStatusEvent live/cam UNPUBLISHED

5. A chat message goes to every connected client
   data/send      to alice: bob says "hello, all"
   data/send      to bob  : bob says "hello, all"
   OnDataEvent    from bob -> ACCEPTED

6. Bob calls: the backend redirects the call
   call           bob dials 100            -> helpdesk@example.org is called

7. Both disconnect
   ConnectionStatusEvent alice DISCONNECTED
   ConnectionStatusEvent bob DISCONNECTED
`

func TestRun(t *testing.T) {
	t.Parallel()
	var out bytes.Buffer
	require.NoError(t, run(t.Context(), &out))
	assert.Equal(t, told, out.String())
}

func TestRunInTime(t *testing.T) {
	t.Parallel()
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	var out bytes.Buffer
	require.ErrorIs(t, run(ctx, &out), context.Canceled)
	assert.NotContains(t, out.String(), "admitted")
}
