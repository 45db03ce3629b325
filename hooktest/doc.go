// Package hooktest is what a media server's own tests need: a backend that
// records every hook, answers as the test says, and breaks on command.
//
// # What to call first
//
// [NewBackend] starts a backend that agrees to everything. What is tested sends
// its hooks to [Backend.URL], or has a client of [Backend.Client]:
//
//	func TestPublish(t *testing.T) {
//		b := hooktest.NewBackend(t)
//		hooktest.On(b, resthook.PublishStream).Change(func(s *resthook.Stream) { s.Name = "live/" + s.Name })
//
//		server := NewMediaServer(b.Client())
//		server.Publish("s-1", "cam")
//
//		event := hooktest.Await(t, b, resthook.StreamStatusEvent)
//		hooktest.AssertFields(t, map[string]any{"name": "live/cam"}, event.Payload)
//		b.AssertSequence(t, "s-1", "connect", "publishStream", "StreamStatusEvent PUBLISHING")
//	}
//
// The end of the test closes what was started, and nothing is reported after it.
// Nothing here logs or fails a test because a client went away: that is what
// clients do. A whole test of a small media server is
// example_mediaserver_test.go.
//
// # Recording
//
// [Requests] returns what has come of a hook, with its payloads; [Backend.Requests]
// returns all there is, as bytes. Each [Request] knows its session, its sequence
// and its attempt. [Await], [WaitFor] and [Backend.Wait] wait for what is on its
// way, without sleeping. No wait lasts for ever: a context without a deadline
// gets one of 10 seconds, or as [Within] says, and the test is told what came
// instead.
//
// # Scripting
//
// [On] and [Backend.On] start the script of a hook. The n-th request gets the
// n-th answer, and the last one repeats for ever:
//
//	b.On("connect").Policy(rules).Deny(403, "a stranger")           // the first is let in, no other
//	b.On("playStream").Delay(time.Second).Deny(403).Times(2).Mirror() // the third is agreed to at once
//	hooktest.On(b, resthook.MakeCall).Change(func(c *resthook.Call) { c.Callee = "helpdesk" })
//	hooktest.On(b, resthook.Connect).Reply(decide) // the answer depends on the payload
//
// # Breaking
//
// Whatever can go wrong at the socket is a [Behaviour], and [RouteOf.Play] puts
// it into a script. [Backend.OnAny] is the script of whatever comes next, and
// [Backend.Down] and [Backend.Up] take the backend off the network and bring it
// back at the same address. The backend goes on recording:
//
//	b.On("publishStream").Play(hooktest.InBody(hooktest.RST)).Mirror() // once, in the middle of the answer
//	b.OnAny().Play(hooktest.AtAccept(hooktest.RST)).Pass()             // the next connection, whatever for
//	b.OnAny().Stall()                                                  // from now on,
//	b.OnAny()                                                          // until now
//
// A fault has two halves: the moment ([AtAccept], [AtFirstByte],
// [AfterRequest], [AfterContinue], [InStatusLine], [InHeaders], [InBody],
// [InChunk], [AfterAnswer], [AtNextRequest]) and what happens then ([FIN],
// [RST], [Stall], [Close]). Any moment goes with any ending. There are answers
// that are no HTTP ([Garbage], [Malformed]), that go elsewhere ([Redirect]), that
// come slowly ([Late], [Drip]) or never end ([EndlessBody]); [OnAccept] and
// [OnRequest] make behaviours of your own.
//
// A [Socket] is all fault: it plays one script for all requests, whatever hook
// they are, and knows nothing of hooks. It serves to try any HTTP client.
//
// # Asserting
//
// [Backend.AssertSequence] compares what came of a session with what was
// expected, in the order in which the media server made it, which need not be
// that of arrival: a hook that is sent does not wait for the events before it.
// [Backend.AssertInOrder] and [Backend.AssertComplete] look at the numbers that
// the hooks carry, and [Backend.AssertOnce] at their ids.
// [AssertPayload] and [AssertFields] compare payloads; so does go-cmp, which asks
// their Equal methods, where reflect.DeepEqual would not do. [Strict] fails the test
// for a hook that it did not speak of. Each says what it found a line for each
// difference:
//
//	hooktest: session "alice": not the hooks expected after 10s (-want +got):
//	    connect
//	    publishStream
//	    StreamStatusEvent PUBLISHING
//	  - ConnectionStatusEvent DISCONNECTED
//
// # Virtual time
//
// Waits belong on virtual time. Real sockets keep a [testing/synctest] bubble
// awake; a [Network] does not, so an hour of stalling costs no time at all.
// There a wait without a deadline has 24 hours.
//
//	synctest.Test(t, func(t *testing.T) {
//		b := hooktest.NewBackendOn(t, hooktest.NewNetwork().Listen())
//		client := b.Client() // knows its way into the network
//		b.On("connect").Stall()
//		_, err := client.Connect(t.Context(), &resthook.Connection{})
//		// err is a timeout, 15 virtual seconds later
//	})
//
// # TLS
//
// [NewTLSBackend] and [NewTLSSocket] show a certificate that can be trusted, or
// one that can't: see [Security]. [Backend.Secure] changes it while the test runs.
// [Backend.Client] and [Backend.Options] trust the backend's authority;
// [Backend.TLSConfig] is for a client that is made otherwise:
//
//	client, err := resthook.NewClient(cfg, resthook.WithApp(app), resthook.WithTLSConfig(b.TLSConfig()))
package hooktest
