// Copies a text.

import { el } from "./dom.js";

// copy puts a text on the clipboard, and says so on the button for a while.
export async function copy(text, button) {
  const before = button.textContent;
  const done = await toClipboard(text);
  button.textContent = done ? "Copied" : "The browser refuses to copy";
  setTimeout(() => (button.textContent = before === "Copied" ? "Copy" : before), 2000);
}

// toClipboard has a fallback: browsers have navigator.clipboard for localhost and
// https only.
async function toClipboard(text) {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return bySelection(text);
  }
}

function bySelection(text) {
  const focused = document.activeElement;
  const area = el("textarea", { class: "unseen", value: text, readOnly: true });
  (focused?.closest("dialog") ?? document.body).append(area);
  area.select();
  const done = document.execCommand("copy");
  area.remove();
  focused?.focus();
  return done;
}
