// Messages: visible ones, and announcements for screen readers.

import { $, button, el } from "./dom.js";
import { count } from "./format.js";

// notice shows a message until it is closed or replaced by one of the same kind.
export function notice(kind, text, level = "") {
  dismiss(kind);
  const close = button("✕", () => message.remove(), { class: "quiet", "aria-label": "Close this message" });
  const message = el("div", { class: `notice ${level}`, role: level === "error" ? "alert" : "status", data: { kind } }, el("p", {}, text), close);
  $("notices").append(message);
}

// dismiss removes the message of a kind.
export function dismiss(kind) {
  for (const message of $("notices").children) if (message.dataset.kind === kind) message.remove();
}

// makeNews announces new hooks to screen readers, several together.
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
