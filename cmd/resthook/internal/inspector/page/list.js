// The hooks one by one, the newest on top.

import { $, el, enterAt, reconcile, rove } from "./dom.js";
import { clock, count, outcome, sessionText, since, span, statusText } from "./format.js";

const page = 200; // rows that are added at a time

export function makeList(open) {
  const body = $("rows");
  const rows = new Map();
  let most = page;
  let shown = [];

  $("more").addEventListener("click", () => {
    most += page;
    update(shown);
  });
  rove(body, ".open", (key, from) => {
    const row = from.closest("tr");
    const other = {
      ArrowDown: row.nextElementSibling,
      ArrowUp: row.previousElementSibling,
      Home: body.firstElementChild,
      End: body.lastElementChild,
    }[key];
    return other?.querySelector(".open");
  });

  function update(hooks) {
    shown = hooks;
    const newest = hooks.slice(-most).reverse();
    const byNumber = new Map(newest.map((hook) => [hook.number, hook]));
    reconcile(body, rows, [...byNumber.keys()], (number) => makeRow(byNumber.get(number), open));
    $("more").hidden = hooks.length <= most;
    $("more").textContent = `Show ${count(Math.min(page, hooks.length - most), "more", "more")}`;
    if (!body.contains(document.activeElement)) enterAt(body, ".open", body.querySelector(".open"));
  }

  return {
    update,
    reset() {
      most = page;
      rows.clear();
      body.replaceChildren();
    },
    choose(number) {
      body.querySelector("tr.chosen")?.classList.remove("chosen");
      rows.get(number)?.classList.add("chosen");
    },
    button: (number) => rows.get(number)?.querySelector(".open"),
  };
}

function makeRow(hook, open) {
  const button = el("button", { type: "button", class: "open", tabIndex: -1 }, hook.method);
  const cell = (name, ...content) => el("td", { role: "cell", class: name }, ...content);
  const row = el(
    "tr",
    { role: "row" },
    cell("time", clock(hook.time)),
    cell("method", button),
    cell("session", sessionText(hook.session)),
    cell("answer", el("span", { class: `badge ${outcome(hook)}` }, statusText(hook.status))),
    cell("number took", span(hook.took)),
    cell("number since", since(hook.since)),
    cell("number attempt", attempt(hook)),
  );
  row.dataset.number = hook.number;
  row.querySelector(".session").title = hook.session;
  row.addEventListener("click", () => open(hook, button));
  return row;
}

function attempt(hook) {
  if (!hook.attempt) return "";
  if (hook.attempt === 1) return "1";
  return el("span", { class: "badge repeat", title: "A repeat: this Webhook-Id has come before" }, String(hook.attempt));
}
