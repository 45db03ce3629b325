// What the page has to say: visibly, and to those who hear it.

import { $, button, el } from "./dom.js";
import { count } from "./format.js";

// notice shows a message until it is closed; another one of the same kind takes
// its place.
export function notice(kind, text, level = "") {
  dismiss(kind);
  const close = button("✕", () => message.remove(), { class: "quiet", "aria-label": "Close this message" });
  const message = el("div", { class: `notice ${level}`, role: level === "error" ? "alert" : "status", data: { kind } }, el("p", {}, text), close);
  $("notices").append(message);
}

// dismiss takes the message of a kind away.
export function dismiss(kind) {
  for (const message of $("notices").children) if (message.dataset.kind === kind) message.remove();
}

// makeNews tells a screen reader of new hooks, not of each.
export function makeNews() {
  let said = 0;
  let fresh = [];
  return function tell(hooks) {
    fresh.push(...hooks);
    if (!fresh.length || Date.now() - said < 5000) return;
    said = Date.now();
    const bad = fresh.filter((hook) => !["ok", "changed"].includes(hook.result)).length;
    $("news").textContent = count(fresh.length, "new hook") + (bad ? `, ${bad} of them not allowed` : "");
    fresh = [];
  };
}
