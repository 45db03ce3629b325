// One row of the list: what a hook is about, and its result.

import { el, setText } from "./dom.js";
import { about, answerText, clock, remark, sessionText, since, span } from "./format.js";
import { elapsed } from "./state.js";
import { plain, visible } from "./visible.js";

// makeRow makes the row of a hook. Its opener is the button that opens the hook; it
// stays the same element when the row is filled again.
export function makeRow(hook) {
  const row = el("div", { class: "row", role: "row", data: { key: hook.key } });
  row.opener = el("button", { type: "button", class: "open", tabIndex: -1 });
  fillRow(row, hook);
  return row;
}

// fillRow shows the current state of a hook in its row.
export function fillRow(row, hook) {
  const made = cells(hook, row.opener);
  row.hook = hook;
  row.classList.toggle("lost", Boolean(hook.lost));
  if (row.firstChild) fillCells(row, made);
  else row.append(...made);
}

// fillCells changes only what differs, so that the button keeps the focus.
function fillCells(row, made) {
  made.forEach((cell, n) => {
    const old = row.children[n];
    if (!old.contains(row.opener)) old.replaceWith(cell);
  });
}

function cells(hook, opener) {
  if (opener.textContent === "") opener.append(...visible(hook.method || "no method"));
  opener.title = plain(hook.path ? `${hook.verb ?? "POST"} ${hook.path}` : hook.method);
  const cell = (name, content, title) => el("div", { role: "cell", class: name, title }, content);
  const [name, status, said] = [about(hook), hook.status ?? "", remark(hook)];
  return [
    cell("time", clock(hook.time)),
    opener.parentElement ?? cell("method", opener),
    cell("about", [el("span", { class: "name" }, visible(name)), status && el("span", { class: "status" }, visible(status))], plain([name, status].filter(Boolean).join(", "))),
    cell("session", visible(sessionText(hook.session)), plain(hook.session)),
    cell("answer", el("span", { class: `badge ${hook.result}` }, answerText(hook))),
    cell(`remark ${hook.fault ? "fault" : ""}`, visible(said), plain(said)),
    cell("took", hook.result === "pending" ? span(elapsed(hook)) : span(hook.took)),
    cell("since", since(hook.since)),
    cell("attempt", attempt(hook)),
  ];
}

function attempt(hook) {
  if (!hook.attempt) return "";
  if (hook.attempt === 1) return "1";
  return el("span", { class: "badge repeat", title: "A repeat: this Webhook-Id has come before" }, String(hook.attempt));
}

// tick updates the elapsed time in the row of a hook in flight.
export function tick(row) {
  if (row.hook.result !== "pending") return;
  setText(row.querySelector(".took"), span(elapsed(row.hook)));
}
