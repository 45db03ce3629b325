// The sessions, a lane each, with their hooks where they came in.

import { $, el, enterAt, reconcile, rove } from "./dom.js";
import { clock, count, outcome, sessionText, since, span, statusText } from "./format.js";

const mostLanes = 30;
const mostMarks = 1500;
const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 144e5, 432e5, 864e5];

export function makeTimeline(open, choose) {
  const lanes = $("lanes");
  const nodes = new Map(); // of lanes, by session
  const marks = new Map(); // by number

  rove(lanes, ".mark", (key, from) => neighbour(key, from));

  function update(hooks, seconds) {
    const range = rangeOf(hooks, seconds);
    const within = hooks.filter((hook) => hook.time >= range.from).slice(-mostMarks);
    const sessions = bySession(within);
    const names = [...sessions.keys()].slice(0, mostLanes);
    drawAxis(range);
    reconcile(lanes, nodes, names, (session) => makeLane(session, choose));
    for (const name of names) drawLane(nodes.get(name), sessions.get(name), range);
    sweep(new Set(names.flatMap((name) => sessions.get(name).map((hook) => hook.number))));
    describe(sessions.size, names.length);
    if (!lanes.querySelector('.mark[tabindex="0"]')) enterAt(lanes, ".mark", lanes.querySelector(".mark"));
  }

  function drawLane(lane, hooks, range) {
    const own = lane.marks;
    reconcile(lane.querySelector(".track"), own, hooks.map((hook) => hook.number), (number) => {
      const mark = makeMark(hooks.find((hook) => hook.number === number), open);
      marks.set(number, mark);
      return mark;
    });
    for (const hook of hooks) put(own.get(hook.number), hook, range);
    lane.querySelector(".lane-note").textContent = count(hooks.length, "hook", "hooks");
  }

  function sweep(there) {
    for (const number of marks.keys()) if (!there.has(number)) marks.delete(number);
  }

  return {
    update,
    reset() {
      nodes.clear();
      marks.clear();
      lanes.replaceChildren();
    },
    choose(number) {
      lanes.querySelector(".mark.chosen")?.classList.remove("chosen");
      marks.get(number)?.classList.add("chosen");
    },
    filtered(session) {
      for (const [name, lane] of nodes) lane.querySelector(".lane-name").setAttribute("aria-pressed", name !== "" && name === session);
    },
  };
}

// rangeOf is the time that the line shows, with room for the last mark.
function rangeOf(hooks, seconds) {
  if (!hooks.length) return { from: 0, to: 1 };
  const ends = hooks.map((hook) => hook.time + hook.took * 1000);
  const last = ends.reduce((a, b) => Math.max(a, b));
  const first = hooks.reduce((a, b) => Math.min(a, b.time), last);
  const from = seconds ? Math.max(first, last - seconds * 1e6) : first;
  const length = Math.max(last - from, 1_000_000);
  return { from, to: from + length * 1.02 };
}

// bySession puts the session that began last on top.
function bySession(hooks) {
  const sessions = new Map();
  for (const hook of hooks) {
    if (!sessions.has(hook.session)) sessions.set(hook.session, []);
    sessions.get(hook.session).push(hook);
  }
  return new Map([...sessions].reverse());
}

function makeLane(session, choose) {
  const name = el("button", { type: "button", class: "lane-name", title: `Show this session alone: ${sessionText(session)}`, "aria-pressed": "false" }, sessionText(session));
  name.disabled = session === "";
  name.addEventListener("click", () => choose(session));
  const lane = el("li", { class: "lane" }, name, el("span", { class: "lane-note" }), el("div", { class: "track" }));
  lane.marks = new Map();
  return lane;
}

function makeMark(hook, open) {
  const words = [hook.method, statusText(hook.status), clock(hook.time), span(hook.took), since(hook.since)];
  if (hook.attempt > 1) words.push(`attempt ${hook.attempt}`);
  const label = words.filter(Boolean).join(", ");
  const mark = el("button", {
    type: "button",
    class: `mark ${outcome(hook)}${hook.attempt > 1 ? " repeat" : ""}`,
    tabIndex: -1,
    title: label,
    "aria-label": label,
  });
  mark.dataset.number = hook.number;
  mark.addEventListener("click", () => open(hook, mark));
  return mark;
}

function put(mark, hook, range) {
  const length = range.to - range.from;
  mark.style.left = `${((hook.time - range.from) / length) * 100}%`;
  mark.style.width = `${((hook.took * 1000) / length) * 100}%`;
}

// drawAxis writes a time at each step of a handy length.
function drawAxis(range) {
  const length = range.to - range.from;
  const width = $("axis").clientWidth;
  const most = Math.max(3, Math.floor(width / 110));
  const step = 1000 * (steps.find((ms) => (ms * 1000 * most) >= length) ?? steps.at(-1));
  const ticks = [];
  const last = range.to - (length * 90) / width; // where a tick's text still fits
  for (let time = Math.ceil(range.from / step) * step; time < last; time += step) {
    const tick = el("span", {}, clock(time, step < 1e6 ? 3 : 0));
    tick.style.left = `${((time - range.from) / length) * 100}%`;
    ticks.push(tick);
  }
  $("axis").replaceChildren(...ticks);
}

function describe(all, drawn) {
  $("lane-count").textContent = drawn < all ? `the latest ${drawn} of ${all}` : String(all);
}

// neighbour is the mark that an arrow key leads to: along the lane, or the
// nearest one of the next lane.
function neighbour(key, from) {
  const track = from.parentElement;
  const lane = track.closest(".lane");
  switch (key) {
    case "ArrowRight": return from.nextElementSibling;
    case "ArrowLeft": return from.previousElementSibling;
    case "Home": return track.firstElementChild;
    case "End": return track.lastElementChild;
    case "ArrowDown": return nearest(lane.nextElementSibling, from);
    case "ArrowUp": return nearest(lane.previousElementSibling, from);
    default: return null;
  }
}

function nearest(lane, from) {
  const here = parseFloat(from.style.left);
  const distance = (mark) => Math.abs(parseFloat(mark.style.left) - here);
  return [...(lane?.querySelectorAll(".mark") ?? [])].sort((a, b) => distance(a) - distance(b))[0];
}
