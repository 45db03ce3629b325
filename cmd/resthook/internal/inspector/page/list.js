// The list of hooks: those in flight first, then the newest. Only the rows in view
// are in the document, so that the list can be long.

import { $ } from "./dom.js";
import { fillRow, makeRow, tick } from "./row.js";

const beyond = 10; // rows above and below the view

export function makeList({ open }) {
  const body = $("rows");
  const table = $("hooks");
  const rows = new Map(); // elements, by key
  let items = [];
  let current = ""; // the key of the row that Tab enters
  let chosen = "";
  let planned = 0;

  addEventListener("scroll", schedule, { passive: true });
  new ResizeObserver(schedule).observe(document.body);
  body.addEventListener("keydown", onKey);
  body.addEventListener("focusin", (event) => enter(event.target.closest(".row")?.dataset.key));
  body.addEventListener("click", (event) => {
    const row = event.target.closest(".row");
    const selecting = !getSelection().isCollapsed && !event.target.closest(".open");
    if (row && !selecting) open(row.hook);
  });

  function schedule() {
    planned ||= requestAnimationFrame(draw);
  }

  // update shows other hooks. The rows in view stay in place when hooks come in
  // above them.
  function update(hooks) {
    const height = rowHeight();
    const at = items[Math.ceil(-top() / height)];
    const before = items.indexOf(at);
    items = hooks;
    if (!body.contains(document.activeElement)) current = items[0]?.key ?? "";
    body.style.height = `${items.length * height}px`;
    table.setAttribute("aria-rowcount", items.length + 1);
    if (at && top() < 0) keep(at.key, before, height);
    draw();
  }

  function keep(key, before, height) {
    const now = items.findIndex((hook) => hook.key === key);
    if (now >= 0) scrollBy(0, (now - before) * height);
  }

  // top is where the rows begin, relative to the head of the table.
  const top = () => body.getBoundingClientRect().top - $("head").offsetHeight;
  const rowHeight = () => parseFloat(getComputedStyle(body).getPropertyValue("--row")) * parseFloat(getComputedStyle(document.documentElement).fontSize);

  function draw() {
    cancelAnimationFrame(planned);
    planned = 0;
    const height = rowHeight();
    const first = Math.max(0, Math.floor(-top() / height) - beyond);
    const last = Math.min(items.length, Math.ceil((innerHeight - top()) / height) + beyond);
    const drawn = new Set();
    for (let n = first; n < last; n++) place(n, height, drawn);
    const focused = body.contains(document.activeElement) ? document.activeElement.closest(".row").dataset.key : "";
    if (focused && !drawn.has(focused)) keepFocused(focused, height, drawn);
    for (const [key, row] of rows) if (!drawn.has(key)) remove(key, row);
    inOrder(first, last);
    if (!rows.has(current)) enter(items[Math.min(first + beyond, last - 1)]?.key);
  }

  function place(n, height, drawn) {
    const hook = items[n];
    const row = rows.get(hook.key) ?? makeRow(hook);
    rows.set(hook.key, row);
    if (row.hook !== hook) fillRow(row, hook);
    row.style.top = `${n * height}px`;
    row.setAttribute("aria-rowindex", n + 2);
    row.classList.toggle("chosen", chosen !== "" && (hook.id === chosen || hook.key === chosen));
    row.opener.tabIndex = hook.key === current ? 0 : -1;
    drawn.add(hook.key);
  }

  // keepFocused keeps the row with the focus in the document when it is out of view.
  function keepFocused(key, height, drawn) {
    const n = items.findIndex((hook) => hook.key === key);
    if (n >= 0) place(n, height, drawn);
  }

  function remove(key, row) {
    row.remove();
    rows.delete(key);
  }

  // inOrder puts the rows in the order of the list, for screen readers.
  function inOrder(first, last) {
    let at = body.firstChild;
    for (let n = first; n < last; n++) {
      const row = rows.get(items[n].key);
      if (row === at) at = at.nextSibling;
      else body.insertBefore(row, at);
    }
  }

  // enter makes Tab enter the list at a row.
  function enter(key) {
    if (key === undefined) return;
    const before = rows.get(current);
    if (before) before.opener.tabIndex = -1;
    current = key;
    const row = rows.get(key);
    if (row) row.opener.tabIndex = 0;
  }

  function onKey(event) {
    const row = event.target.closest(".row");
    if (!row || event.ctrlKey || event.altKey || event.metaKey) return;
    const n = items.findIndex((hook) => hook.key === row.dataset.key);
    const page = Math.max(1, Math.floor(innerHeight / rowHeight()) - 4);
    const to = { ArrowDown: n + 1, ArrowUp: n - 1, PageDown: n + page, PageUp: n - page, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined || n < 0) return;
    event.preventDefault();
    focus(Math.min(Math.max(to, 0), items.length - 1));
  }

  function focus(n) {
    show(n);
    draw();
    rows.get(items[n].key)?.opener.focus({ preventScroll: true });
  }

  // show scrolls a row into view.
  function show(n) {
    const height = rowHeight();
    const at = top() + n * height;
    const room = innerHeight - $("head").offsetHeight;
    if (at < 0) scrollBy(0, at - height);
    else if (at + height > room) scrollBy(0, at + 2 * height - room);
  }

  return {
    update,
    // choose marks a hook as open.
    choose(id) {
      if (id === chosen) return;
      chosen = id;
      draw();
    },
    // opener is the button of a hook, if it is in view.
    opener: (hook) => rows.get(hook.key)?.opener,
    toTop() {
      if (top() < 0) scrollBy(0, top() - rowHeight());
    },
    tick() {
      for (const row of rows.values()) tick(row);
    },
  };
}
