// A session with the media server, in the frames of the WCS browser SDK: both
// sides send {"message": name, "data": [object]}.

const APP_KEY = "chatApp";

/**
 * Opens a session and tells of it through the functions of `on`: established,
 * declined(info), data(payload, operationId), closed, frame(sent, message, object).
 */
export function openSession(url, custom, on) {
  const socket = new WebSocket(url);
  const waiting = new Map(); // operationId -> what to do with its status

  const send = (message, object) => {
    on.frame(true, message, object);
    socket.send(JSON.stringify({ message, data: [object] }));
  };

  const take = {
    ping: () => send("pong", null),
    getUserData: () => on.established(),
    fail: ({ info }) => on.declined(info),
    OnDataEvent: ({ operationId, payload }) => {
      on.data(payload, operationId);
      send("DataStatusEvent", { operationId, status: "ACCEPTED" });
    },
    DataStatusEvent: (status) => {
      waiting.get(status.operationId)?.(status);
      waiting.delete(status.operationId);
    },
  };

  socket.onopen = () =>
    send("connection", { appKey: APP_KEY, clientVersion: "2.0", clientBrowserVersion: navigator.userAgent, custom });
  socket.onmessage = ({ data: text }) => {
    const { message, data } = JSON.parse(text);
    on.frame(false, message, data[0]);
    if (Object.hasOwn(take, message)) take[message](data[0]);
  };
  socket.onclose = () => {
    for (const settle of waiting.values()) settle({ status: "FAILED", info: "the connection was lost" });
    waiting.clear();
    on.closed();
  };

  return {
    /** Sends a payload to the backend; `settle` gets {status, info}. */
    sendData(operationId, payload, settle) {
      waiting.set(operationId, settle);
      send("sendData", { operationId, payload });
    },
    close: () => socket.close(),
  };
}

/** An id for an operation. crypto.randomUUID would need HTTPS. */
export function newOperationId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (b) => b.toString(16).padStart(2, "0")).join("");
}
