// Answers recorded hooks again and shows what differs.

import { changeTable } from "./bodies.js";
import { openDialog } from "./dialogs.js";
import { $, el, setText } from "./dom.js";
import { count, sessionText } from "./format.js";
import { server } from "./server.js";
import { visible } from "./visible.js";

export function makeReplay() {
  $("open-replay").addEventListener("click", () => {
    say("");
    openDialog($("replay"));
  });
  $("replay-run").addEventListener("click", () => replay(""));
  $("replay-file").addEventListener("change", (event) => {
    const [file] = event.target.files;
    event.target.value = ""; // the same file may be chosen again
    if (file) replay(file);
  });
}

async function replay(recording) {
  say("Replaying");
  try {
    if (recording.size === 0) throw new Error("The recording is empty.");
    show(await server.replay(recording));
  } catch (error) {
    say(error.message, "error");
  }
}

function say(text, kind = "") {
  setText($("replay-result"), text);
  $("replay-result").className = kind;
  $("replay-table").replaceChildren();
}

function show(report) {
  const hooks = count(report.hooks, "hook");
  const answers = report.different ? count(report.different, "answer differs", "answers differ") : "all answers are the same";
  const leftOut = report.left_out ? `; left out, being no hooks: ${count(report.left_out, "request")}` : "";
  say(`${hooks}: ${answers}${leftOut}`);
  $("replay-table").replaceChildren(...report.differences.map(difference));
  const left = report.different - report.differences.length;
  if (left > 0) $("replay-table").append(el("p", { class: "note" }, `and ${left} more`));
}

const statusText = (status) => (status === 0 ? "dropped" : String(status));

function difference(found) {
  const status = found.was === found.is ? statusText(found.is) : `${statusText(found.was)} → ${statusText(found.is)}`;
  const title = el("h3", {}, `${found.hook}. `, visible(found.method), " ", el("span", { class: "badge" }, status));
  const changes = found.changes.map(({ field, was, is }) => ({ path: field, from: was, to: is }));
  return el("section", { class: "difference" }, title, el("p", { class: "note" }, visible(sessionText(found.session))), changes.length > 0 && changeTable(changes, "Recorded", "Now"));
}
