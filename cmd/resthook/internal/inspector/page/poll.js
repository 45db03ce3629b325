// Asks the server again and again what is new. Each question is short, so that
// any number of tabs can ask: a browser keeps few connections to a host.

import { server } from "./server.js";

const awake = 500; // ms between an answer and the next question
const asleep = 3000; // the same while nobody sees the page
const patience = 1000; // ms until a server that did not answer is asked again

// startPolling asks for what comes after the place that place() gives; take
// gets the answers, lost is called when none comes.
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
