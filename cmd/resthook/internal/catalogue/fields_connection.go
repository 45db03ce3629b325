package catalogue

func connectionFields() []Field {
	return []Field{
		{"useWsTunnel", "boolean", "media goes through the WebSocket"},
		{"useWsTunnelPacketization2", "boolean", "the second form of that tunnel"},
		{"useBase64BinaryEncoding", "boolean", "binary frames travel as text"},
		{"useSelfSigned", "boolean", "old clients: media certificates are self-signed"},
		{"mediaProviders", "array of strings", "how the client can send and play media, the best first: WebRTC, MSE, WSPlayer, Flash"},
		{"clientVersion", "string", "version of the client's SDK"},
		{"clientOSVersion", "string", "operating system, as the browser tells it"},
		{"clientBrowserVersion", "string", "browser, as it tells itself"},
		{"keepAlive", "boolean", "the client wants to be kept after its connection is lost"},
		{"origin", "string", "scheme, host and port of the page that the client runs in"},
		{"urlServer", "string", "WebSocket URL that the client used"},
		{"login", "string", "login of SIP, of a room or of RTMP"},
		{"authToken", "string", "token of the connection to resume; equals that one's sessionId"},
		{"msePacketizationVersion", "integer", "version of the packets for MSE players"},
		{"sipRegisterRequired", "boolean", "the media server registers the client at the SIP server; in an answer false switches that off"},
		{"sipLogin", "string", "user of the SIP account"},
		{"sipAuthenticationName", "string", "user name for SIP authentication, where it is not the login"},
		{"sipPassword", "string", "password of the SIP account"},
		{"sipVisibleName", "string", "name that the called see"},
		{"sipDomain", "string", "domain of the SIP account"},
		{"sipOutboundProxy", "string", "host of the SIP proxy"},
		{"sipPort", "integer", "port of the SIP server, 1 to 65535"},
		{"sipContactParams", "string", "parameters to append to the Contact header of REGISTER"},
		{"width", "integer", "width of the video, in pixels"},
		{"height", "integer", "height of the video, in pixels"},
		{"supportedResolutions", "string", "resolutions that the client can play, such as 640x480, parted by commas"},
		{"status", "string", "in ConnectionStatusEvent: PENDING, ESTABLISHED, REGISTERED, DISCONNECTED or FAILED"},
		{"info", "string", "why the status is what it is, in words; empty where there is nothing to say"},
		{"restClientConfig", "object", "in the answer to connect: the policy of the session, by method: restPolicy, restOnError, restExclude, restOverwrite, clientExclude"},
	}
}

func registrationFields() []Field {
	return []Field{
		{"status", "string", "REGISTERED, UNREGISTERED or FAILED"},
		{"info", "string", "why the status is what it is, in words; empty where there is nothing to say"},
		{"sipMessageRaw", "string", "the SIP message behind the status"},
	}
}

func dataFields() []Field {
	return []Field{
		{"operationId", "string", "id of this exchange of data"},
		{"payload", "object", "what the client sent"},
		{"status", "string", "in DataStatusEvent: ACCEPTED or FAILED"},
		{"info", "string", "why the status is what it is, in words; empty where there is nothing to say"},
	}
}

func bugReportFields() []Field {
	return []Field{
		{"text", "string", "what the user wrote"},
		{"type", "string", "kind of the fault, such as no_media"},
		{"filename", "string", "file that the report was written to"},
		{"status", "string", "what came of the report"},
		{"info", "string", "why the status is what it is, in words; empty where there is nothing to say"},
	}
}

func debugSessionFields() []Field {
	return []Field{
		{"command", "string", "start or stop"},
		{"status", "string", "state of the collection"},
		{"info", "string", "why the status is what it is, in words; empty where there is nothing to say"},
	}
}

func errorReportFields() []Field {
	return []Field{
		{"apiMethod", "string", "the event that the error stands for, such as StreamStatusEvent"},
		{"id", "string", "id of the stream or call"},
		{"status", "string", "state after the error, such as FAILED"},
		{"info", "string", "what happened, in words"},
	}
}
