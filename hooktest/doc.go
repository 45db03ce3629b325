// Package hooktest is for the tests of a media server: it has a backend that records every
// hook, answers as the test says, and fails on command.
//
// # What to call first
//
// [NewBackend] starts a backend that allows everything. The code under test sends its
// hooks to [Backend.URL], or with a client from [Backend.Client]:
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
// Everything is closed at the end of the test, and nothing is reported after it. A client
// that closes its connection is not an error: nothing is logged, and no test fails.
// example_mediaserver_test.go is a whole test of a small media server.
//
// # Recording
//
// [Requests] returns the requests of one hook with their payloads; [Backend.Requests]
// returns all requests, as bytes. Each [Request] has its session, its sequence and its
// attempt. [Await], [WaitFor] and [Backend.Wait] wait for requests without polling. No wait
// lasts for ever: a context without a deadline gets one of 10 seconds, or the time of
// [Within], and the error says what came instead.
//
// # Scripting
//
// [On] and [Backend.On] start the script of a hook. The n-th request gets the
// n-th answer, and the last one repeats for ever:
//
//	b.On("connect").Policy(rules).Deny(403, "a stranger")             // the first is allowed, the others are denied
//	b.On("playStream").Delay(time.Second).Deny(403).Times(2).Mirror() // the third is allowed at once
//	hooktest.On(b, resthook.MakeCall).Change(func(c *resthook.Call) { c.Callee = "helpdesk" })
//	hooktest.On(b, resthook.Connect).Reply(decide) // the answer depends on the payload
//
// # Breaking
//
// A [Behaviour] is what can go wrong at the socket, and [RouteOf.Play] adds it to a script.
// [Backend.OnAny] is the script for the next requests of any hook. [Backend.Down] and
// [Backend.Up] take the backend off the network and bring it back at the same address. The
// backend keeps recording:
//
//	b.On("publishStream").Play(hooktest.InBody(hooktest.RST)).Mirror() // once, in the middle of the answer
//	b.OnAny().Play(hooktest.AtAccept(hooktest.RST)).Pass()             // the next connection
//	b.OnAny().Stall()                                                  // from now on,
//	b.OnAny()                                                          // until now
//
// A fault has two halves: the moment ([AtAccept], [AtFirstByte],
// [AfterRequest], [AfterContinue], [InStatusLine], [InHeaders], [InBody],
// [InChunk], [AfterAnswer], [AtNextRequest]) and what happens then ([FIN],
// [RST], [Stall], [Close]). Any moment goes with any ending. There are answers that are not
// HTTP ([Garbage], [Malformed]), redirects ([Redirect]), and answers that come slowly
// ([Late], [Drip]) or never end ([EndlessBody]). [OnAccept] and [OnRequest] make behaviours
// of your own.
//
// A [Socket] plays one script for all requests and knows nothing about hooks. It can test
// any HTTP client.
//
// # Asserting
//
// [Backend.AssertSequence] compares the hooks of a session with the expected ones, in the
// order in which the media server made them. The order of arrival may differ: a hook that
// is sent does not wait for earlier events. [Backend.AssertInOrder] and
// [Backend.AssertComplete] check the sequence numbers, and [Backend.AssertOnce] the ids.
// [AssertPayload] and [AssertFields] compare payloads. So does go-cmp, which uses their
// Equal methods; reflect.DeepEqual does not work. [Strict] fails the test for a hook that
// was not expected. Each prints a line for each difference:
//
//	hooktest: session "alice": not the hooks expected after 10s (-want +got):
//	    connect
//	    publishStream
//	    StreamStatusEvent PUBLISHING
//	  - ConnectionStatusEvent DISCONNECTED
//
// # Virtual time
//
// Tests that wait should use virtual time. Real sockets block a [testing/synctest] bubble;
// a [Network] does not, so an hour of stalling takes no time. There a wait without a
// deadline has 24 hours.
//
//	synctest.Test(t, func(t *testing.T) {
//		b := hooktest.NewBackendOn(t, hooktest.NewNetwork().Listen())
//		client := b.Client() // dials in the network
//		b.On("connect").Stall()
//		_, err := client.Connect(t.Context(), &resthook.Connection{})
//		// err is a timeout, 15 virtual seconds later
//	})
//
// # TLS
//
// [NewTLSBackend] and [NewTLSSocket] have a certificate that can be trusted, or one that
// cannot: see [Security]. [Backend.Secure] changes it while the test runs. [Backend.Client]
// and [Backend.Options] trust the backend's authority; [Backend.TLSConfig] is for other
// clients:
//
//	client, err := resthook.NewClient(cfg, resthook.WithApp(app), resthook.WithTLSConfig(b.TLSConfig()))
package hooktest
