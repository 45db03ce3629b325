package resthook_test

import (
	"bytes"
	"encoding/json"
	"io"
	"maps"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/wcskit/resthook"
)

const (
	node    = "Yk7vWm2QdT0sLr9BxJc4Ge6uHa1ZfPn8@10.20.0.5"
	session = "/203.0.113.24:50122/10.20.0.5:8443-5f0c2a54-3f0e-4c53-9a44-6a0f3a1be7d1"
	media   = "b1f6a7d2-0c1e-4a77-8c55-3d2c19e0f4aa"
	callID  = "out-77A0C1-3316@10.20.0.5"
	sdp     = "v=0\r\no=- 4611732 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\na=ice-pwd:q1\r\n"
	page    = "https://video.example.com"
)

// sample is a payload as a media server would send it with a method.
type sample struct {
	method  resthook.Method
	form    string // where a method has two
	payload any
}

func (s sample) file() string {
	name := s.method.Name()
	if s.form != "" {
		name += "-" + s.form
	}
	return filepath.Join("testdata", "golden", name+".json")
}

// samples holds a realistic payload for each method of the catalogue. The
// values are made up.
func samples(t *testing.T) []sample {
	t.Helper()
	return slices.Concat(connectionSamples(t), callSamples(), messageSamples(), streamSamples(), serviceSamples())
}

func connectionSamples(t *testing.T) []sample {
	t.Helper()
	policy, err := resthook.NewPolicy(map[resthook.Method]resthook.Rule{
		resthook.PublishStream: {
			RestPolicy:    resthook.RestPolicyOverwrite,
			RestOnError:   resthook.OnErrorFail,
			RestExclude:   []string{"sdp"},
			RestOverwrite: []string{"name", "custom.room"},
		},
		resthook.ConnectionStatusEvent: {ClientExclude: []string{"sipPassword", "sipLogin"}},
		resthook.PushLogs:              {RestPolicy: resthook.RestPolicyDisable},
	})
	require.NoError(t, err)
	registers := true
	connected := resthook.Connection{
		NodeID:                    node,
		AppKey:                    "clinicApp",
		SessionID:                 session,
		UseWsTunnel:               true,
		UseWsTunnelPacketization2: true,
		UseBase64BinaryEncoding:   true,
		UseSelfSigned:             true,
		MediaProviders:            []string{"WebRTC", "MSE", "WSPlayer"},
		ClientVersion:             "2.0.247",
		ClientOSVersion:           "5.0 (X11; Linux x86_64)",
		ClientBrowserVersion:      "Mozilla/5.0 (X11; Linux x86_64; rv:139.0) Gecko/20100101 Firefox/139.0",
		KeepAlive:                 true,
		Origin:                    page,
		URLServer:                 "wss://media.example.com:8443",
		Login:                     "room-12",
		AuthToken:                 session,
		MSEPacketizationVersion:   2,
		SIPRegisterRequired:       &registers,
		SIPLogin:                  "1001",
		SIPAuthenticationName:     "auth-1001",
		SIPPassword:               `p"a\ss<&>`,
		SIPVisibleName:            "Zoë Müller",
		SIPDomain:                 "sip.example.com",
		SIPOutboundProxy:          "proxy.example.com",
		SIPPort:                   5060,
		SIPContactParams:          ";ob;transport=tcp",
		Width:                     1280,
		Height:                    720,
		SupportedResolutions:      "1280x720",
		Status:                    resthook.ConnectionPending,
		Info:                      "first visit",
		RestClientConfig:          policy,
		Custom:                    map[string]any{"token": "eyJhbGciOi.x", "plan": json.Number("3"), "tags": []any{"a", nil, true}},
		Unknown:                   map[string]json.RawMessage{"codecSet": json.RawMessage(`{"h265":false,"max":9223372036854775808}`)},
	}
	ended := connected
	ended.Status, ended.Info = resthook.ConnectionDisconnected, ""
	ended.RestClientConfig, ended.SIPPassword = nil, ""
	return []sample{
		{resthook.Connect, "", connected},
		{resthook.ConnectionStatusEvent, "", ended},
		{resthook.RegistrationStatusEvent, "", resthook.Registration{
			NodeID: node, AppKey: "clinicApp", SessionID: session,
			Status: resthook.RegistrationFailed, Info: "SIP 403 FORBIDDEN",
			SIPMessageRaw: "SIP/2.0 403 Forbidden\r\nCSeq: 2 REGISTER\r\n\r\n",
			Custom:        map[string]any{"token": "t"},
		}},
	}
}

func callSamples() []sample {
	ids := resthook.Call{NodeID: node, AppKey: "clinicApp", SessionID: session, CallID: callID}
	outgoing := ids
	outgoing.Status, outgoing.Caller, outgoing.Callee = resthook.CallPending, "1001", "sip:desk@sip.example.com"
	outgoing.VisibleName, outgoing.HasAudio, outgoing.HasVideo, outgoing.ReceiveVideo = "Zoë Müller", true, true, true
	outgoing.MediaProvider, outgoing.SDP, outgoing.SIPSDP, outgoing.IsMSRP = "WebRTC", sdp, "v=0\r\n", true
	outgoing.InviteParameters = map[string]any{"X-Ward": "7", "X-Try": json.Number("1")}
	outgoing.Custom = map[string]any{"token": "t"}

	incoming := ids
	incoming.CallID, incoming.Incoming, incoming.Status = "in-0F31@trunk.example.net", true, resthook.CallPending
	incoming.Caller, incoming.Callee = "+15550100", "1001"
	incoming.HasAudio, incoming.MediaProvider = true, "WebRTC"
	incoming.Unknown = map[string]json.RawMessage{"isMsrpRelay": json.RawMessage("null")}

	answered := incoming
	answered.SDP, answered.Status = sdp, resthook.CallEstablished

	held, released, ended := ids, ids, ids
	held.HoldForTransfer = true
	ended.Info = "Normal call clearing"

	moved := ids
	moved.Target = "1002"
	failed := outgoing
	failed.ParentCallID, failed.Status, failed.SIPStatus = "out-77A0C0", resthook.CallFailed, 486
	failed.Info, failed.SIPMessageRaw = "SIP 486 BUSY HERE", "SIP/2.0 486 Busy Here\r\n\r\n"
	failed.RTMPURL, failed.RTMPStream, failed.RTMPStreamStatus = "rtmp://cdn.example.com/live", "call-1", "STOPPED"
	transferred, offered := moved, moved
	transferred.Status, offered.Status, offered.Incoming = resthook.CallEstablished, resthook.CallPending, true
	return []sample{
		{resthook.MakeCall, "", outgoing},
		{resthook.Answer, "", answered},
		{resthook.Hold, "", held},
		{resthook.Unhold, "", released},
		{resthook.Transfer, "", moved},
		{resthook.Hangup, "", ended},
		{resthook.SendDTMF, "", resthook.DTMF{
			NodeID: node, AppKey: "clinicApp", SessionID: session,
			CallID: callID, Type: resthook.DTMFInfoRelay, DTMF: "12#*", Custom: map[string]any{},
		}},
		{resthook.CallStatusEvent, "", failed},
		{resthook.TransferStatusEvent, "", transferred},
		{resthook.OnCallEvent, "", incoming},
		{resthook.OnTransferEvent, "", offered},
	}
}

func messageSamples() []sample {
	sent := resthook.Message{
		NodeID: node, AppKey: "clinicApp", SessionID: session, ID: "3b0e0b4e-9ad0-4f5c-8f5e-0f6f5ad4b6c1",
		From: "1001,1003", To: "1002", VisibleName: "Zoë", Body: "line 1\nline 2 \u2028 <b>&</b> 😀\t\x01",
		ContentType: "text/plain;charset=utf-8", IsIMDNRequired: true, Status: resthook.MessageSent,
		Custom: map[string]any{"thread": "t-1"},
	}
	receipt, failed, received := sent, sent, sent
	receipt.Body, receipt.Status = "", resthook.MessageIMDNDelivered
	failed.Status, failed.Info = resthook.MessageFailed, "SIP 404 NOT FOUND"
	received.Status, received.From, received.To = resthook.MessageReceived, "1002", "1001"
	subscribed := resthook.Subscription{
		NodeID: node, AppKey: "clinicApp", SessionID: session, Event: "reg", Expires: 3600, Custom: map[string]any{"a": true},
	}
	notified := subscribed
	notified.Status, notified.Terminate = "ACTIVE", true
	notified.RequestBody, notified.SIPMessageRaw = `<?xml version="1.0"?><reginfo/>`, "NOTIFY sip:1001@sip.example.com SIP/2.0\r\n\r\n"
	asked := resthook.XCAP{NodeID: node, AppKey: "clinicApp", SessionID: session, URL: "http://xcap.example.com/rls?a=1&b=2"}
	fetched := asked
	fetched.Status, fetched.ResponseBody, fetched.Custom = "OK", "<list><entry/></list>", map[string]any{"n": json.Number("0.10")}
	return []sample{
		{resthook.SendMessage, "", sent},
		{resthook.SendIMDN, "", receipt},
		{resthook.MessageStatusEvent, "", failed},
		{resthook.OnMessageEvent, "", received},
		{resthook.Subscribe, "", subscribed},
		{resthook.SubscriptionStatusEvent, "", notified},
		{resthook.SendXCAPRequest, "", asked},
		{resthook.XCAPStatusEvent, "", fetched},
	}
}

func streamSamples() []sample {
	ids := resthook.Stream{NodeID: node, AppKey: "liveApp", SessionID: session, MediaSessionID: media, Name: "ward-7"}
	published := ids
	published.Published, published.HasVideo, published.HasAudio, published.Record = true, true, true, true
	published.Status, published.SDP, published.MediaProvider = resthook.StreamPending, sdp, "WebRTC"
	published.Width, published.Height, published.Quality = 1280, 720, 85
	published.Bitrate, published.MinBitrate, published.MaxBitrate = 1200, 300, 2500
	published.Transport, published.CVOExtension, published.RTMPURL = "TCP", true, "rtmp://cdn.example.com/live"
	published.Constraints = map[string]any{"audio": true, "video": map[string]any{"width": json.Number("1280")}}
	published.Custom = map[string]any{"token": "t", "room": "7"}

	played := ids
	played.Name, played.HasVideo, played.HasAudio = "rtsp://cam.example.com:554/live.sdp", true, true
	played.Status, played.MediaProvider, played.MediaType = resthook.StreamPending, "WebRTC", "play"

	event := published // the form of 2022
	event.SessionID = "0b0f3f1c-6a55-4c40-8d43-6f4c1a2ed7f0"
	event.Status, event.SDP, event.Constraints, event.RTMPURL = resthook.StreamPublishing, "", nil, ""
	event.AudioCodec, event.VideoCodec, event.CodecImpl = "opus", "H264", "openh264"
	event.GOP, event.FPS, event.AudioBitrate, event.History = 60, 30, 64, true
	event.CreateDate, event.MediaType = resthook.UnixMilliOf(time.UnixMilli(1751328000123)), "publish"
	event.AudioState = &resthook.MediaState{Muted: true}
	event.VideoState = &resthook.MediaState{Unknown: map[string]json.RawMessage{"reason": json.RawMessage(`"user"`)}}
	event.Unknown = map[string]json.RawMessage{"rtcpMux": json.RawMessage("true"), "jitter": json.RawMessage("1e400")}

	paused, stopped, unpublished, snapped, sought, alive := played, played, published, ids, ids, event
	paused.Status = resthook.StreamPaused
	stopped.Status, stopped.Info = resthook.StreamStopped, "Stopped by user"
	unpublished.Status, unpublished.SDP, unpublished.RecordName = resthook.StreamUnpublished, "", "ward-7.mp4"
	return []sample{
		{resthook.PublishStream, "", published},
		{resthook.UnPublishStream, "", unpublished},
		{resthook.PlayStream, "", played},
		{resthook.PauseStream, "", paused},
		{resthook.StopStream, "", stopped},
		{resthook.Snapshot, "", snapped},
		{resthook.AvailableStream, "", sought},
		{resthook.StreamStatusEvent, "", event},
		{resthook.StreamKeepAliveEvent, "", alive},
		{resthook.StreamsStatEvent, "", resthook.Report{
			NodeID: node, AppKey: "liveApp",
			Unknown: map[string]json.RawMessage{"streams": json.RawMessage(`[{"name":"ward-7","bytes":18446744073709551615}]`)},
		}},
		{resthook.StreamTranscodingGroupEvent, "", resthook.Report{
			NodeID: node, AppKey: "liveApp", SessionID: session, Custom: map[string]any{"token": "t"},
			Unknown: map[string]json.RawMessage{"group": json.RawMessage(`{"id":"g1","size":0.1}`)},
		}},
		{resthook.RecordingStatusEvent, "", resthook.Recording{
			NodeID: node, AppKey: "liveApp", SessionID: session, MediaSessionID: media, Name: "ward-7",
			Status: "COMPLETED", Info: "mixed", Custom: map[string]any{"token": "t"},
			Report: map[string]any{"mixedFilename": "ward-7.mp4", "parts": []any{json.Number("1"), json.Number("2.50")}},
		}},
		{resthook.SendStreamEvent, "", resthook.StreamSignal{
			NodeID: node, AppKey: "liveApp", SessionID: session, MediaSessionID: media, Type: resthook.SignalData, Origin: page,
			Payload: map[string]any{"count": json.Number("42"), "text": "привет", "deep": map[string]any{"none": nil}},
			Custom:  map[string]any{"token": "t"},
		}},
		{resthook.StreamEvent, "", resthook.StreamSignal{
			NodeID: node, AppKey: "liveApp", SessionID: session, MediaSessionID: media, Type: resthook.SignalAudioMuted,
		}},
		{resthook.PlayHLS, "", resthook.Playback{
			NodeID: node, AppKey: "liveApp", SessionID: "/203.0.113.24:50123/10.20.0.5:8445", MediaSessionID: media + "-ward-7-HLS",
			Name: "ward-7", MediaProvider: "HLS", Custom: map[string]any{"token": "t-2"},
		}},
		{resthook.PlayHLS, "old", resthook.Playback{
			NodeID: node, AppKey: "liveApp", SessionID: "ward-7-HLS", MediaSessionID: media + "-ward-7-HLS", Name: "ward-7",
			MediaProvider: "HLS", Token: "t-1", Published: true, HasVideo: true, HasAudio: true, Status: resthook.StreamNew,
			Record: true, Width: 640, Height: 360, Bitrate: 800, MinBitrate: 100, MaxBitrate: 900, Quality: 50,
		}},
		{resthook.PlayRTSP, "", resthook.Playback{
			NodeID: node, AppKey: "liveApp", SessionID: "/203.0.113.24:50124/10.20.0.5:554", MediaSessionID: media + "-ward-7-RTSP",
			Name: "rtsp://media.example.com:554/ward-7", MediaProvider: "RTSP", UserAgent: "LibVLC/3.0.21 (LIVE555)",
		}},
		{resthook.PlayRTSP, "old", resthook.Playback{
			NodeID: node, AppKey: "liveApp", SessionID: "/203.0.113.24:50125/10.20.0.5:554", HasAudio: true, Status: resthook.StreamNew,
			RTSPURL: "rtsp://media.example.com/ward-7", OldUserAgent: "WebCallServer-5.2.1999-0a1b2c",
		}},
	}
}

func serviceSamples() []sample {
	sent := resthook.Data{
		NodeID: node, AppKey: "clinicApp", SessionID: session, OperationID: "0d3b4e2a-11aa-4b7e-9d0c-6b8f1f2f3a4b",
		Payload: map[string]any{"message": "a/b <c>", "at": json.Number("1751328000123"), "list": []any{}, "empty": map[string]any{}},
	}
	failed := sent
	failed.Payload, failed.Status, failed.Info = nil, resthook.DataFailed, "refused"
	failed.Custom = map[string]any{"token": "t"}
	bug := resthook.BugReport{NodeID: node, AppKey: "clinicApp", SessionID: session, Text: "no sound,\nno picture", Type: "no_media"}
	filed := bug
	filed.Filename, filed.Status, filed.Info, filed.Custom = "report-1.zip", "OK", "kept", map[string]any{"a": "b"}
	started := resthook.DebugSession{NodeID: node, AppKey: "clinicApp", SessionID: session, Command: "start"}
	running := started
	running.Status, running.Info, running.Custom = "STARTED", "until stopped", map[string]any{"a": "b"}
	return []sample{
		{resthook.OnDataEvent, "", sent},
		{resthook.DataStatusEvent, "", failed},
		{resthook.SubmitBugReport, "", bug},
		{resthook.BugReportStatusEvent, "", filed},
		{resthook.PushLogs, "", resthook.Report{
			NodeID: node, AppKey: "clinicApp", SessionID: session,
			Unknown: map[string]json.RawMessage{"logs": json.RawMessage(`"12:00 connected\n12:01 lost"`), "": json.RawMessage("[]")},
		}},
		{resthook.SessionDebug, "", started},
		{resthook.SessionDebugStatusEvent, "", running},
		{resthook.ErrorStatusEvent, "", resthook.ErrorReport{
			NodeID: node, AppKey: "clinicApp", SessionID: session, APIMethod: "StreamStatusEvent", ID: media,
			Status: "FAILED", Info: "Session not ready", Custom: map[string]any{"token": "t"},
		}},
	}
}

// TestGolden: the JSON of each method is byte for byte that of its golden file, and is read
// back as it was sent. -update writes the files; look at the difference.
func TestGolden(t *testing.T) {
	t.Parallel()
	all := samples(t)
	if *update {
		require.NoError(t, os.MkdirAll(filepath.Join("testdata", "golden"), 0o755))
	}
	var files []string
	for _, s := range all {
		files = append(files, s.file())
		t.Run(filepath.Base(s.file()), func(t *testing.T) {
			t.Parallel()
			assert.Equal(t, reflect.TypeOf(s.payload).Name(), s.method.PayloadType())
			got, err := json.Marshal(s.payload)
			require.NoError(t, err)
			if *update {
				var b bytes.Buffer
				require.NoError(t, json.Indent(&b, got, "", "  "))
				require.NoError(t, os.WriteFile(s.file(), append(b.Bytes(), '\n'), 0o600))
			}
			golden, err := os.ReadFile(s.file())
			require.NoError(t, err, "go test -run TestGolden -update")
			assertSameJSON(t, golden, got)
			var compact bytes.Buffer
			require.NoError(t, json.Compact(&compact, golden))
			assert.Equal(t, compact.String(), string(got))

			wire := wireOf(t, s.payload)
			assertSameJSON(t, golden, wire)
			assert.NotContains(t, string(wire), `\u003c`, "a hook is no HTML")

			back := reflect.New(reflect.TypeOf(s.payload))
			require.NoError(t, json.Unmarshal(got, back.Interface()))
			assertSameFields(t, s.payload, back.Elem().Interface())
			read := reflect.New(reflect.TypeOf(s.payload))
			require.NoError(t, json.Unmarshal(golden, read.Interface()))
			for _, p := range []any{back.Interface(), read.Interface()} {
				again, err := json.Marshal(p)
				require.NoError(t, err)
				assert.Equal(t, string(got), string(again))
			}
		})
	}
	there, err := filepath.Glob(filepath.Join("testdata", "golden", "*.json"))
	require.NoError(t, err)
	if !*update {
		assert.ElementsMatch(t, files, there, "a golden file for each method and form, and no other")
	}
	var sampled []string
	for _, s := range all {
		if s.form == "" {
			sampled = append(sampled, s.method.Name())
		}
	}
	assert.ElementsMatch(t, names(resthook.Methods()), sampled, "a sample for each method of the catalogue")
}

func names(methods []resthook.Method) []string {
	var all []string
	for _, m := range methods {
		all = append(all, m.Name())
	}
	return all
}

// wireOf is the payload as a hook carries it: encoding/json would escape HTML.
func wireOf(t *testing.T, payload any) []byte {
	t.Helper()
	marshaler, ok := payload.(json.Marshaler)
	require.True(t, ok, "%T", payload)
	wire, err := marshaler.MarshalJSON()
	require.NoError(t, err)
	return wire
}

// treeOf reads JSON with encoding/json. Numbers stay as they are written, so
// that no digit gets lost on the way to a comparison.
func treeOf(t *testing.T, text []byte) any {
	t.Helper()
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.UseNumber()
	var tree any
	require.NoError(t, decoder.Decode(&tree), "%s", text)
	require.ErrorIs(t, decoder.Decode(new(any)), io.EOF, "%s", text)
	return tree
}

func assertSameJSON(t *testing.T, want, got []byte) {
	t.Helper()
	assert.Equal(t, treeOf(t, want), treeOf(t, got))
}

// assertSameFields compares the exported fields: whether a payload was read or
// made in Go is no difference.
func assertSameFields(t *testing.T, want, got any) {
	t.Helper()
	w, g := reflect.ValueOf(want), reflect.ValueOf(got)
	require.Equal(t, w.Type(), g.Type())
	for i := range w.NumField() {
		field := w.Type().Field(i)
		if !field.IsExported() {
			continue
		}
		if state, ok := reflect.TypeAssert[*resthook.MediaState](w.Field(i)); ok && state != nil {
			back, ok := reflect.TypeAssert[*resthook.MediaState](g.Field(i))
			require.True(t, ok && back != nil, field.Name)
			assertSameFields(t, *state, *back)
			continue
		}
		assert.Equal(t, w.Field(i).Interface(), g.Field(i).Interface(), "%s.%s", w.Type().Name(), field.Name)
	}
}

// documented are the names of docs/protocol.md, 2.3, by type
// of payload. MediaState is not a payload of its own.
var documented = map[string]string{
	"Connection": `nodeId appKey sessionId useWsTunnel useWsTunnelPacketization2 useBase64BinaryEncoding useSelfSigned
		mediaProviders clientVersion clientOSVersion clientBrowserVersion keepAlive origin urlServer login authToken
		msePacketizationVersion sipRegisterRequired sipLogin sipAuthenticationName sipPassword sipVisibleName sipDomain
		sipOutboundProxy sipPort sipContactParams width height supportedResolutions status info restClientConfig custom`,
	"Registration": `nodeId appKey sessionId status info sipMessageRaw custom`,
	"Call": `nodeId appKey sessionId callId parentCallId incoming status sipStatus info caller callee visibleName target
		hasVideo hasAudio receiveVideo mediaProvider sdp sipSDP sipMessageRaw isMsrp holdForTransfer rtmpUrl rtmpStream
		rtmpStreamStatus inviteParameters custom`,
	"DTMF":         `nodeId appKey sessionId callId type dtmf custom`,
	"Message":      `nodeId appKey sessionId id from to visibleName body contentType isImdnRequired status info custom`,
	"Subscription": `nodeId appKey sessionId event expires status terminate requestBody sipMessageRaw custom`,
	"XCAP":         `nodeId appKey sessionId url status responseBody custom`,
	"Stream": `nodeId appKey sessionId mediaSessionId name published hasVideo hasAudio status info sdp record recordName
		width height bitrate minBitrate maxBitrate quality mediaProvider mediaType audioCodec videoCodec codecImpl gop fps
		audioBitrate audioState videoState transport cvoExtension history createDate rtmpUrl constraints custom`,
	"MediaState": `muted`,
	"Playback": `nodeId appKey sessionId mediaSessionId name mediaProvider userAgent token rtspUrl User-Agent published
		hasVideo hasAudio status record width height bitrate minBitrate maxBitrate quality custom`,
	"StreamSignal": `nodeId appKey sessionId mediaSessionId type payload origin custom`,
	"Recording":    `nodeId appKey sessionId mediaSessionId name status info report custom`,
	"Data":         `nodeId appKey sessionId operationId payload status info custom`,
	"BugReport":    `nodeId appKey sessionId text type filename status info custom`,
	"DebugSession": `nodeId appKey sessionId command status info custom`,
	"ErrorReport":  `nodeId appKey sessionId apiMethod id status info custom`,
	"Report":       `nodeId appKey sessionId custom`,
}

// payloadTypes returns a new payload of each type, by name.
func payloadTypes() map[string]any {
	types := map[string]any{}
	for _, p := range []any{
		new(resthook.Connection), new(resthook.Registration), new(resthook.Call), new(resthook.DTMF), new(resthook.Message),
		new(resthook.Subscription), new(resthook.XCAP), new(resthook.Stream), new(resthook.MediaState), new(resthook.Playback),
		new(resthook.StreamSignal), new(resthook.Recording), new(resthook.Data), new(resthook.BugReport),
		new(resthook.DebugSession), new(resthook.ErrorReport), new(resthook.Report),
	} {
		types[reflect.TypeOf(p).Elem().Name()] = p
	}
	return types
}

func TestPayloadTypes(t *testing.T) {
	t.Parallel()
	types := map[string]bool{"MediaState": true}
	for _, m := range resthook.Methods() {
		types[m.PayloadType()] = true
	}
	assert.ElementsMatch(t, slices.Collect(maps.Keys(types)), slices.Collect(maps.Keys(payloadTypes())))
	assert.ElementsMatch(t, slices.Collect(maps.Keys(types)), slices.Collect(maps.Keys(documented)))
}

// sampleValue is a value of a field's type that is not its zero, and how a zero of it is
// written.
func sampleValue(t *testing.T, typ reflect.Type) (value any, zero string) {
	t.Helper()
	yes := false
	policy, err := resthook.ParsePolicy([]byte(`{"call":{"restOnError":"FAIL","own":1}}`))
	require.NoError(t, err)
	values := map[reflect.Type]struct {
		value any
		zero  string
	}{
		reflect.TypeFor[bool]():                 {true, "false"},
		reflect.TypeFor[int]():                  {-17, "0"},
		reflect.TypeFor[resthook.UnixMilli]():   {resthook.UnixMilli(1751328000123), "0"},
		reflect.TypeFor[[]string]():             {[]string{"a", "", "é\n"}, "[]"},
		reflect.TypeFor[map[string]any]():       {map[string]any{"a": json.Number("1"), "b": []any{nil, true, "x"}}, "{}"},
		reflect.TypeFor[*bool]():                {&yes, "false"},
		reflect.TypeFor[*resthook.MediaState](): {&resthook.MediaState{Muted: true}, "{}"},
		reflect.TypeFor[*resthook.Policy]():     {policy, "{}"},
	}
	if typ.Kind() == reflect.String {
		return reflect.ValueOf("a \"<é>\\\r\n").Convert(typ).Interface(), `""`
	}
	v, ok := values[typ]
	require.True(t, ok, "no sample of the type %v", typ)
	return v.value, v.zero
}

// TestFields: each field of each payload type is in its layout once, under the documented
// name, and is written and read back: a value, a zero, a null.
func TestFields(t *testing.T) {
	t.Parallel()
	for name, p := range payloadTypes() {
		typ := reflect.TypeOf(p).Elem()
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var found []string
			for i := range typ.NumField() {
				if field := typ.Field(i); field.IsExported() && field.Name != "Unknown" {
					found = append(found, checkField(t, typ, i))
				}
			}
			assert.ElementsMatch(t, strings.Fields(documented[name]), found)
			assert.LessOrEqual(t, len(found), 64, "origin has a bit for each")
		})
	}
}

func checkField(t *testing.T, typ reflect.Type, i int) (wireName string) {
	t.Helper()
	field := typ.Field(i)
	value, zero := sampleValue(t, field.Type)
	made := reflect.New(typ)
	made.Elem().Field(i).Set(reflect.ValueOf(value))
	wireName = soleName(t, made.Elem().Interface(), reflect.Zero(typ).Interface(), field)
	if field.Name != "OldUserAgent" {
		assert.True(t, strings.EqualFold(wireName, field.Name), "%s.%s is %s on the wire", typ.Name(), field.Name, wireName)
	}

	back := reflect.New(typ)
	require.NoError(t, json.Unmarshal(wireOf(t, made.Elem().Interface()), back.Interface()))
	assertSameFields(t, made.Elem().Interface(), back.Elem().Interface())

	for _, text := range []string{zero, "null"} {
		object := `{"` + wireName + `":` + text + `}`
		read := reflect.New(typ)
		read.Elem().Field(i).Set(reflect.ValueOf(value)) // to see it go
		require.NoError(t, json.Unmarshal([]byte(object), read.Interface()))
		assert.Equal(t, object, string(wireOf(t, read.Elem().Interface())), "there as it was, and nothing else")
		if text == "null" {
			assert.Equal(t, reflect.Zero(typ).Field(i).Interface(), read.Elem().Field(i).Interface(), "%s.%s", typ.Name(), field.Name)
		}
		read.Elem().Field(i).Set(reflect.ValueOf(value))
		sent := members(t, wireOf(t, read.Elem().Interface()))
		assert.Equal(t, members(t, wireOf(t, made.Elem().Interface()))[wireName], sent[wireName], "a value set later is sent")
		assert.Len(t, sent, 1)
	}
	return wireName
}

// soleName is the one name on the wire whose value differs from that of bare.
func soleName(t *testing.T, payload, bare any, field reflect.StructField) string {
	t.Helper()
	got, base := members(t, wireOf(t, payload)), members(t, wireOf(t, bare))
	var differ []string
	for name, value := range got {
		if string(base[name]) != string(value) {
			differ = append(differ, name)
		}
	}
	require.Len(t, differ, 1, "%T.%s", payload, field.Name)
	return differ[0]
}

func members(t *testing.T, object []byte) map[string]json.RawMessage {
	t.Helper()
	all := map[string]json.RawMessage{}
	require.NoError(t, json.Unmarshal(object, &all))
	return all
}

// A Stream made in Go writes its required booleans; other zero fields are left out.
func TestZeroPayloads(t *testing.T) {
	t.Parallel()
	for name, p := range payloadTypes() {
		want := map[string]string{
			"Stream":     `{"published":false,"hasVideo":false,"hasAudio":false,"record":false}`,
			"MediaState": `{"muted":false}`,
		}[name]
		if want == "" {
			want = `{}`
		}
		assert.Equal(t, want, string(wireOf(t, p)), name)
		require.NoError(t, json.Unmarshal([]byte(` { } `), p), name)
		assert.Equal(t, `{}`, string(wireOf(t, p)), "%s: read without fields, sent without", name)
	}
}
