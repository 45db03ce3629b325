// Polls the server. Each request is short (no long polling), so that many tabs can
// poll: a browser limits its connections to a host.

import { server } from "./server.js";

const awake = 500; // ms between an answer and the next request
const asleep = 3000; // the same while the page is hidden
const patience = 1000; // ms until the next request if the server did not answer

// startPolling asks for what comes after the position that place() returns. take gets
// the answers; lost is called if there is no answer.
export function startPolling({ place, take, lost }) {
  let timer = 0;

  async function poll() {
    timer = 0;
    const answer = await server.poll(place()).catch(() => null);
    timer = setTimeout(poll, !answer ? patience : answer.more ? 0 : document.hidden ? asleep : awake);
    if (answer) take(answer);
    else lost();
  }

  document.addEventListener("visibilitychange", () => {
    if (document.hidden || !timer) return;
    clearTimeout(timer);
    poll();
  });
  poll();
}
