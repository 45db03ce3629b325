package catalogue

func callFields() []Field {
	return []Field{
		{"callId", "string", "the call's own id"},
		{"parentCallId", "string", "id of the call that this one came from, as in a transfer"},
		{"incoming", "boolean", "the call came from outside"},
		{"status", "string", "NEW, PENDING, TRYING, RING, RING_MEDIA, SESSION_PROGRESS, ESTABLISHED, HOLD, BUSY, FINISH or FAILED"},
		{"sipStatus", "integer", "status of SIP, such as 180 or 486"},
		{"info", "string", "why the status is what it is, in words; empty where there is nothing to say"},
		{"caller", "string", "who calls"},
		{"callee", "string", "who is called; an answer can name another"},
		{"visibleName", "string", "name that the called see"},
		{"target", "string", "in a transfer: whom the call goes to"},
		{"hasVideo", "boolean", "the call has video"},
		{"hasAudio", "boolean", "the call has audio"},
		{"receiveVideo", "boolean", "the client takes video in"},
		{"mediaProvider", "string", "how the client sends and plays media: WebRTC or Flash"},
		{"sdp", "string", "session description of the client's side, some 3 kB"},
		{"sipSDP", "string", "session description of the SIP side"},
		{"sipMessageRaw", "string", "the SIP message behind the status"},
		{"isMsrp", "boolean", "the call carries messages (MSRP)"},
		{"holdForTransfer", "boolean", "the call is held because a transfer follows"},
		{"rtmpUrl", "string", "RTMP URL that the call's media are sent on to"},
		{"rtmpStream", "string", "name of that RTMP stream"},
		{"rtmpStreamStatus", "string", "status of that RTMP stream"},
		{"inviteParameters", "object", "parameters to add to the SIP INVITE"},
	}
}

func dtmfFields() []Field {
	return []Field{
		{"callId", "string", "the call's own id"},
		{"type", "string", "how the tones travel: RFC2833, INFO or INFO_RELAY; RFC2833 where it is missing"},
		{"dtmf", "string", "the tones: digits, * and #"},
	}
}

func messageFields() []Field {
	return []Field{
		{"id", "string", "the message's own id"},
		{"from", "string", "who sends; may be a list, parted by commas"},
		{"to", "string", "who receives"},
		{"visibleName", "string", "name that the receiver sees"},
		{"body", "string", "the message"},
		{"contentType", "string", "media type of the body; text/plain where it is missing"},
		{"isImdnRequired", "boolean", "the sender wants to know of its delivery"},
		{"status", "string", "SENT, ACCEPTED, FAILED, RECEIVED, IMDN_NOTIFICATION_SENT, IMDN_DELIVERED, IMDN_FAILED, IMDN_FORBIDDEN or IMDN_ERROR"},
		{"info", "string", "why the status is what it is, in words; empty where there is nothing to say"},
	}
}

func subscriptionFields() []Field {
	return []Field{
		{"event", "string", "what is subscribed to, such as reg"},
		{"expires", "integer", "how long the subscription lasts, in seconds"},
		{"status", "string", "state of the subscription"},
		{"terminate", "boolean", "the subscription is over"},
		{"requestBody", "string", "body of the notification, XML"},
		{"sipMessageRaw", "string", "the SIP message behind it"},
	}
}

func xcapFields() []Field {
	return []Field{
		{"url", "string", "URL of the document"},
		{"status", "string", "what came of the request"},
		{"responseBody", "string", "the document, XML"},
	}
}
