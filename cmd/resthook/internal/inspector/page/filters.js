// The filters above the list: a text, methods, answers, a session.

import { $, el, setText } from "./dom.js";
import { number, results } from "./format.js";
import { plain, visible } from "./visible.js";

const most = 200; // methods in the menu: a sender can make up any number

// makeFilters makes the form. changed is called with the name of the text field
// that was changed, or with nothing for another control.
export function makeFilters({ changed }) {
  const methods = makeChoice("methods");
  const answers = makeChoice("answers", results);
  const form = $("filters");

  form.addEventListener("submit", (event) => event.preventDefault());
  for (const id of ["search", "filter-session"]) $(id).addEventListener("input", () => changed(id));
  for (const choice of [methods, answers]) choice.list.addEventListener("change", () => changed());
  $("span").addEventListener("change", () => changed());
  $("clear-filters").addEventListener("click", () => {
    show({ q: "", session: "", methods: [], results: [], span: $("span").value });
    changed();
    $("search").focus();
  });
  closeOutside($("method-menu"));

  // show sets the form.
  function show({ q, session, methods: wanted, results: answered, span }) {
    if ($("search").value.trim() !== q) $("search").value = q;
    if ($("filter-session").value.trim() !== session) $("filter-session").value = session;
    $("span").value = span;
    methods.choose(wanted);
    answers.choose(answered);
    summary();
  }

  // chosen reads the form.
  const chosen = () => ({
    q: $("search").value.trim(),
    session: $("filter-session").value.trim(),
    methods: methods.chosen(),
    results: answers.chosen(),
    span: $("span").value,
  });

  // offer makes a box for each method and answer that has come, with its count.
  function offer(hooks) {
    methods.offer(tally(hooks, "method"));
    answers.offer(tally(hooks, "result"));
    summary();
  }

  function summary() {
    const { q, session, methods: wanted, results: answered } = chosen();
    const names = wanted.length === 1 ? plain(wanted[0]) : wanted.length ? `${wanted.length} of them` : "all";
    setText($("method-summary"), names);
    $("clear-filters").hidden = !q && !session && !wanted.length && !answered.length;
  }

  return { show, chosen, offer };
}

// passes makes a test of hooks from the filters; inPayload says whether the server
// has found the text in a hook.
export function passes({ q, session, methods, results }, inPayload) {
  const [text, part] = [q.toLowerCase(), session.toLowerCase()];
  return (hook) =>
    (!methods.length || methods.includes(hook.method)) &&
    (!results.length || results.includes(hook.result)) &&
    (!part || hook.session.toLowerCase().includes(part)) &&
    (!text || hook.text.includes(text) || inPayload(hook.id));
}

function tally(hooks, by) {
  const counts = new Map();
  for (const hook of hooks) counts.set(hook[by], (counts.get(hook[by]) ?? 0) + 1);
  return counts;
}

// makeChoice makes a group of boxes, one for each value that exists; chosen ones
// stay. names are the possible values in order, with their labels; without names a
// value is its own label.
function makeChoice(id, names) {
  const list = $(id);
  const boxes = new Map();
  const order = names && Object.keys(names);
  const after = (value, other) => (order ? order.indexOf(other) > order.indexOf(value) : other.localeCompare(value) > 0);

  function box(value) {
    if (boxes.has(value)) return boxes.get(value);
    const input = el("input", { type: "checkbox", value });
    const label = el("label", { class: `chip ${names ? value : ""}` }, input, el("span", {}, visible(names?.[value] ?? value)), el("span", { class: "n" }));
    label.dataset.value = value;
    boxes.set(value, label);
    list.insertBefore(label, [...list.children].find((other) => after(value, other.dataset.value)) ?? null);
    return label;
  }

  const input = (label) => label.querySelector("input");

  function offer(counts) {
    for (const value of [...counts.keys()].slice(0, most)) box(value);
    for (const [value, label] of boxes) {
      if (!counts.has(value) && !input(label).checked && !label.contains(document.activeElement)) {
        label.remove();
        boxes.delete(value);
        continue;
      }
      setText(label.querySelector(".n"), number(counts.get(value) ?? 0));
    }
  }

  function choose(values) {
    for (const value of values) input(box(value)).checked = true;
    for (const [value, label] of boxes) if (!values.includes(value)) input(label).checked = false;
  }

  return { list, offer, choose, chosen: () => [...boxes].filter(([, label]) => input(label).checked).map(([value]) => value) };
}

// closeOutside closes an open menu when the focus or the pointer is elsewhere,
// or on Escape.
function closeOutside(menu) {
  const summary = menu.querySelector("summary");
  document.addEventListener("pointerdown", (event) => menu.contains(event.target) || (menu.open = false));
  menu.addEventListener("focusout", (event) => event.relatedTarget && !menu.contains(event.relatedTarget) && (menu.open = false));
  menu.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !menu.open) return;
    event.stopPropagation();
    menu.open = false;
    summary.focus();
  });
}
