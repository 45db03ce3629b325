// Searches the payloads on the server. The rows are searched here.

import { server } from "./server.js";

const pause = 200; // ms without a key press before the server is asked
const rest = 1000; // ms between two requests while hooks come in

// makeSearch finds the hooks whose request, answer or headers contain a text. found is
// called after each search, failed with an error.
export function makeSearch({ found, failed }) {
  let text = "";
  let run = "";
  let through = 0; // the newest hook that has been searched
  let ids = new Set();
  let timer = 0;
  let asking = false;

  // look searches the new hooks up to a number.
  function look(wanted, inRun, newest) {
    if (wanted !== text || inRun !== run) {
      [text, run, through, ids, asking] = [wanted, inRun, 0, new Set(), false];
      clearTimeout(timer);
      timer = 0;
    }
    if (!text || through >= newest || timer || asking) return;
    timer = setTimeout(ask, through ? rest : pause);
  }

  async function ask() {
    const asked = { text, run };
    const current = () => asked.text === text && asked.run === run;
    timer = 0;
    asking = true;
    try {
      const answer = await server.search(run, text, through);
      if (!current()) return;
      for (const number of answer.numbers) ids.add(`${run}.${number}`);
      through = answer.through;
      asking = false;
      found();
    } catch (error) {
      if (!current()) return;
      asking = false;
      failed(error);
    }
  }

  return {
    look,
    has: (id) => ids.has(id),
    get busy() { return text !== "" && (timer !== 0 || asking) && through === 0; },
  };
}
