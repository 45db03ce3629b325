// Answers recorded hooks again and shows what differs.

import { $, ask, el } from "./dom.js";
import { changeTable } from "./detail.js";
import { count, sessionText, statusText } from "./format.js";

export function makeReplay() {
  $("open-replay").addEventListener("click", () => {
    say("");
    $("replay").showModal();
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
    const headers = { "Content-Type": "application/x-ndjson" };
    show(await ask("/-/replay", { method: "POST", headers, body: recording }));
  } catch (error) {
    say(error.message, "error");
  }
}

function say(text, kind = "") {
  $("replay-result").textContent = text;
  $("replay-result").className = kind;
  $("replay-table").replaceChildren();
}

function show(report) {
  const hooks = count(report.hooks, "hook", "hooks");
  const answers = report.different ? count(report.different, "answer differs", "answers differ") : "all answers are the same";
  const leftOut = report.left_out ? `; left out, being no hooks: ${count(report.left_out, "request", "requests")}` : "";
  say(`${hooks}: ${answers}${leftOut}`);
  $("replay-table").replaceChildren(...report.differences.map(difference));
  const left = report.different - report.differences.length;
  if (left > 0) $("replay-table").append(el("p", { class: "note" }, `and ${left} more`));
}

function difference(found) {
  const status = found.was === found.is ? statusText(found.is) : `${statusText(found.was)} → ${statusText(found.is)}`;
  const title = el("h3", {}, `${found.hook}. ${found.method} `, el("span", { class: "badge" }, status));
  const parts = [title, el("p", { class: "note" }, sessionText(found.session))];
  if (found.changes.length) parts.push(changeTable(found.changes, "Recorded", "Now"));
  return el("section", { class: "difference" }, ...parts);
}
