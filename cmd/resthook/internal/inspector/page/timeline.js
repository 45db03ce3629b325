// The sessions on a time line: a lane for each, with a mark for each hook.

import { drawAxis, rangeOf } from "./axis.js";
import { $, el, setText } from "./dom.js";
import { answerText, clock, count, number, sessionText, since, span } from "./format.js";
import { plain, visible } from "./visible.js";

const mostLanes = 30;
const mostMarks = 500;

// makeTimeline makes the time line. open opens a hook; choose is called with the session
// whose name was pressed; unfolded is called when the time line is shown or hidden.
export function makeTimeline({ open, choose, unfolded }) {
  const lanes = $("lanes");
  const nodes = new Map(); // lanes by session
  let chosen = "";

  lanes.addEventListener("click", (event) => {
    const mark = event.target.closest(".mark");
    if (mark) open(mark.hook);
  });
  lanes.addEventListener("keydown", (event) => {
    const from = event.target.closest(".mark");
    const to = from && neighbour(event.key, from);
    if (!to) return;
    event.preventDefault();
    to.focus();
    to.scrollIntoView({ block: "nearest" });
  });
  lanes.addEventListener("focusin", (event) => {
    const mark = event.target.closest(".mark");
    if (mark) enter(mark);
  });

  // fold hides or shows the time line. On a narrow page it is hidden at first, so that
  // the list is in view.
  function fold(hide) {
    for (const id of ["legend", "span-part", "lanes-part"]) $(id).hidden = hide;
    $("fold").setAttribute("aria-expanded", !hide);
  }
  fold(matchMedia("(max-width: 44rem)").matches);
  $("fold").addEventListener("click", () => {
    fold(!$("lanes-part").hidden);
    unfolded();
  });

  // update draws the newest hooks, or those of the last seconds if seconds are given.
  function update(hooks, seconds) {
    const all = sessionsOf(hooks).size;
    if ($("lanes-part").hidden) return setText($("lane-count"), count(all, "session"));
    const range = rangeOf(hooks.slice(-mostMarks), seconds);
    const drawn = hooks.slice(-mostMarks).filter((hook) => hook.time >= range.from);
    const sessions = [...sessionsOf(drawn)].reverse().slice(0, mostLanes);
    drawAxis($("axis"), drawn.length ? range : null);
    drawLanes(sessions, range);
    describe(all, sessions, hooks.length);
  }

  function drawLanes(sessions, range) {
    const wanted = new Set(sessions.map(([session]) => session));
    for (const [session, lane] of nodes) {
      if (wanted.has(session)) continue;
      lane.remove();
      nodes.delete(session);
    }
    let at = lanes.firstChild;
    for (const [session, hooks] of sessions) {
      const lane = nodes.get(session) ?? makeLane(session, choose);
      nodes.set(session, lane);
      if (lane === at) at = at.nextSibling;
      else lanes.insertBefore(lane, at);
      drawMarks(lane, hooks, range);
    }
    const mark = lanes.querySelector('.mark[tabindex="0"]') ?? lanes.querySelector(".mark");
    if (mark) enter(mark);
  }

  function drawMarks(lane, hooks, range) {
    const track = lane.lastChild;
    const there = new Set(hooks.map((hook) => hook.key));
    for (const [key, mark] of lane.marks) {
      if (there.has(key)) continue;
      mark.remove();
      lane.marks.delete(key);
    }
    let at = track.firstChild;
    for (const hook of hooks) {
      const mark = lane.marks.get(hook.key) ?? makeMark(hook);
      lane.marks.set(hook.key, mark);
      if (mark === at) at = at.nextSibling;
      else track.insertBefore(mark, at);
      put(mark, hook, range);
      mark.classList.toggle("chosen", hook.id === chosen);
    }
    setText(lane.querySelector(".lane-note"), count(hooks.length, "hook"));
  }

  function enter(mark) {
    for (const other of lanes.querySelectorAll('.mark[tabindex="0"]')) if (other !== mark) other.tabIndex = -1;
    mark.tabIndex = 0;
  }

  return {
    update,
    choose(id) {
      chosen = id;
      for (const mark of lanes.querySelectorAll(".mark")) mark.classList.toggle("chosen", mark.hook.id === id);
    },
    filtered(session) {
      for (const [name, lane] of nodes) lane.querySelector(".lane-name").setAttribute("aria-pressed", name !== "" && name === session);
    },
  };
}

// describe says how many of the sessions and hooks are drawn.
function describe(all, sessions, hooks) {
  const drawn = sessions.reduce((sum, [, own]) => sum + own.length, 0);
  const part = sessions.length < all ? `the latest ${sessions.length} of ${number(all)} sessions` : count(all, "session");
  const marks = drawn < hooks ? `, ${number(drawn)} of ${count(hooks, "hook")}` : "";
  setText($("lane-count"), part + marks);
}

function sessionsOf(hooks) {
  const sessions = new Map();
  for (const hook of hooks) {
    if (!sessions.has(hook.session)) sessions.set(hook.session, []);
    sessions.get(hook.session).push(hook);
  }
  return sessions;
}

function makeLane(session, choose) {
  const name = el("button", { type: "button", class: "lane-name", title: `Show this session alone: ${plain(sessionText(session))}`, "aria-pressed": "false" }, visible(sessionText(session)));
  name.disabled = session === "";
  name.addEventListener("click", () => choose(session));
  const lane = el("li", { class: "lane" }, name, el("span", { class: "lane-note" }), el("div", { class: "track" }));
  lane.marks = new Map();
  return lane;
}

function makeMark(hook) {
  const words = [hook.method, hook.name, answerText(hook), clock(hook.time), span(hook.took), since(hook.since)];
  if (hook.attempt > 1) words.push(`attempt ${hook.attempt}`);
  const label = plain(words.filter(Boolean).join(", "));
  const repeat = hook.attempt > 1 ? " repeat" : "";
  const mark = el("button", { type: "button", class: `mark ${hook.result}${repeat}`, tabIndex: -1, title: label, "aria-label": label });
  mark.hook = hook;
  return mark;
}

function put(mark, hook, range) {
  const length = range.to - range.from;
  mark.style.left = `${((hook.time - range.from) / length) * 100}%`;
  mark.style.width = `${(hook.took / length) * 100}%`;
}

// neighbour is the mark that an arrow key moves to: in the same lane, or the nearest
// one in the next lane.
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
