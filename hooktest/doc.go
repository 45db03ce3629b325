// Package hooktest is what a media server's own tests need to see how it fares
// with a good backend, a slow one and a broken one.
//
// A [Backend] is a good one: it records every hook and agrees to it, unless a
// [Route] says otherwise for its method:
//
//	backend := hooktest.NewBackend(t)
//	backend.On("publishStream").Status(503, "").Deny(403)
//	// ... let the media server send its hooks to backend.URL() ...
//	err := backend.Wait(t.Context(), 2, "publishStream")
//
// A [Socket] is a backend on a bare socket that behaves as its script says, one
// [Behaviour] for each request; the last one repeats for ever:
//
//	backend := hooktest.NewSocket(t,
//		hooktest.AtAccept(hooktest.RST),     // the first connection is reset
//		hooktest.InStatusLine(hooktest.FIN), // the next answer stops after "HTTP/1.1 20"
//		hooktest.Answer(200, `{}`),          // all is well from here on
//	)
//
// A fault has two halves: the moment ([AtAccept], [AtFirstByte],
// [AfterRequest], [AfterContinue], [InStatusLine], [InHeaders], [InBody],
// [InChunk], [AfterAnswer], [AtNextRequest]) and what happens then ([FIN],
// [RST], [Stall], [Close]). Any moment goes with any ending, and [OnAccept] and
// [OnRequest] make behaviours of your own.
//
// Waits belong on virtual time. Real sockets keep a [testing/synctest] bubble
// awake; a [Network] does not, so an hour of stalling costs no time at all:
//
//	synctest.Test(t, func(t *testing.T) {
//		network := hooktest.NewNetwork()
//		backend := hooktest.NewSocketOn(t, network.Listen(), hooktest.AfterRequest(hooktest.Stall))
//		client := http.Client{
//			Transport: &http.Transport{DialContext: network.DialContext},
//			Timeout:   time.Hour,
//		}
//		_, err := client.Post(backend.URL()+"/connect", "application/json", strings.NewReader("{}"))
//		// err is a timeout
//	})
//
// Nothing here logs or fails a test because a client went away: that is what
// clients do. Everything a constructor starts has ended when the test has.
package hooktest
