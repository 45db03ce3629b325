// All there is to say of one hook.

import { $, ask, el } from "./dom.js";
import { count, fullTime, outcome, sessionText, since, span, statusText } from "./format.js";

export function makeDetail({ run, beside, makeRule, chosen }) {
  const dialog = $("detail");
  const wide = matchMedia("(min-width: 70rem)");
  let opener = null;
  let current = null;

  $("detail-close").addEventListener("click", close);
  dialog.addEventListener("keydown", (event) => event.key === "Escape" && close());
  // The browser tells of a close later: by then a person may have gone on.
  dialog.addEventListener("close", () => dialog.open || over());
  // A hook that is open stays open when the window changes between the two.
  wide.addEventListener("change", () => current && show(dialog, wide.matches));

  async function open(hook, from) {
    opener = from;
    current = hook;
    chosen(hook.number);
    $("detail-title").textContent = hook.method;
    $("detail-body").replaceChildren(el("p", { class: "note" }, "Loading"));
    show(dialog, wide.matches);
    $("detail-title").focus();
    const content = await load(hook);
    if (current === hook) $("detail-body").replaceChildren(...content);
  }

  function close() {
    if (!dialog.open) return;
    const had = dialog.contains(document.activeElement);
    dialog.close();
    if (had && opener?.isConnected) opener.focus();
    over();
  }

  function over() {
    if (!current) return;
    current = null;
    chosen(null);
    if (document.activeElement === document.body && opener?.isConnected) opener.focus();
  }

  async function load(hook) {
    try {
      const detail = await ask(`/-/hooks/${run()}/${hook.number}`);
      Object.assign(detail, { time: detail.time * 1000, status: detail.code, headers: detail.requestHeaders });
      detail.changes = detail.changes.map(({ path, from, to }) => ({ field: path, was: from, is: to }));
      return [facts(detail), steps(hook), ...bodies(detail)];
    } catch (error) {
      return [el("p", { class: "error" }, error.message)];
    }
  }

  function steps(hook) {
    const step = (text, by) => {
      const other = beside(hook, by);
      const button = el("button", { type: "button", disabled: !other }, text);
      button.addEventListener("click", () => open(other, opener));
      return button;
    };
    const rule = el("button", { type: "button" }, "Make a rule");
    rule.addEventListener("click", () => makeRule(hook.method));
    return el("p", { class: "actions" }, step("Previous", -1), step("Next", 1), rule);
  }

  return { open, close };
}

function show(dialog, wide) {
  const modal = dialog.matches(":modal");
  if (dialog.open && modal === !wide) return;
  dialog.removeAttribute("open");
  if (modal) dialog.close();
  if (wide) dialog.show();
  else dialog.showModal();
}

function facts(detail) {
  const list = el("dl", { class: "facts" });
  const add = (name, ...value) => value[0] && list.append(el("div", {}, el("dt", {}, name), el("dd", {}, ...value)));
  add("Answer", el("span", { class: `badge ${outcome(detail)}` }, statusText(detail.status)));
  add("Latency", span(detail.took));
  add("Time", fullTime(detail.time));
  add("Session", sessionText(detail.session));
  add("Since previous", detail.since === undefined ? "" : `${since(detail.since)} in this session`);
  add("Attempt", detail.attempt ? `${detail.attempt} of ${detail.attempts} so far` : "");
  add("From", detail.remote);
  return list;
}

function bodies(detail) {
  const parts = [changed(detail), text("Request", detail.request), text("Answer", detail.answer)];
  if (detail.headers?.length) parts.push(headers(detail.headers));
  return parts.filter(Boolean);
}

function changed(detail) {
  if (detail.status !== 200) return null;
  const title = el("h3", {}, "Changed by the answer");
  if (!detail.changes.length) return el("section", {}, title, el("p", { class: "note" }, "Nothing: the hook was mirrored."));
  return el("section", {}, title, changeTable(detail.changes, "Request", "Answer"));
}

// changeTable shows fields that differ.
export function changeTable(changes, was, is) {
  const row = (change) => el("tr", {}, el("th", { scope: "row" }, change.field || "all of it"), value(change.was), value(change.is));
  return el(
    "table",
    { class: "changes" },
    el("thead", {}, el("tr", {}, ...["Field", was, is].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, ...changes.map(row)),
  );
}

function value(text) {
  return text === "" ? el("td", { class: "note" }, "none") : el("td", {}, el("code", {}, text));
}

function text(title, body) {
  const size = count(new TextEncoder().encode(body).length, "byte", "bytes");
  if (body === "") return el("section", {}, el("h3", {}, title), el("p", { class: "note" }, "Empty"));
  const copy = el("button", { type: "button", class: "quiet" }, "Copy");
  copy.addEventListener("click", async () => {
    await navigator.clipboard.writeText(body);
    copy.textContent = "Copied";
  });
  copy.hidden = !navigator.clipboard; // there is none but on localhost
  copy.setAttribute("aria-label", `Copy the ${title.toLowerCase()}, ${size}`);
  return el("section", {}, el("div", { class: "section-head" }, el("h3", {}, title), copy), el("pre", { tabIndex: 0 }, body));
}

function headers(pairs) {
  const list = el("dl", { class: "facts" });
  for (const [name, content] of pairs) list.append(el("div", {}, el("dt", {}, name), el("dd", {}, el("code", {}, content))));
  return el("section", {}, el("h3", {}, "Headers"), list);
}
