// The axis of the time line.

import { el } from "./dom.js";
import { clock } from "./format.js";

const steps = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1e3, 2e3, 5e3, 1e4, 15e3, 3e4, 6e4, 12e4, 3e5, 6e5, 9e5, 18e5, 36e5, 72e5, 144e5, 432e5, 864e5];

// rangeOf is the time that is shown, with space for the last mark.
export function rangeOf(hooks, seconds) {
  if (!hooks.length) return { from: 0, to: 1 };
  const last = hooks.reduce((most, hook) => Math.max(most, hook.time + hook.took), 0);
  const first = hooks.reduce((least, hook) => Math.min(least, hook.time), last);
  const from = seconds ? Math.max(first, last - seconds * 1000) : first;
  return { from, to: from + Math.max(last - from, 1000) * 1.02 };
}

// drawAxis writes a time at each step, whose length is a round number; nothing
// without a range.
export function drawAxis(axis, range) {
  axis.replaceChildren(...(range ? ticks(range, axis.clientWidth) : []));
}

function ticks(range, width) {
  const length = range.to - range.from;
  const most = Math.max(3, Math.floor(width / 110));
  const step = steps.find((ms) => ms * most >= length) ?? steps.at(-1) * Math.ceil(length / steps.at(-1) / most);
  const last = range.to - (length * 90) / width; // where a tick's text still fits
  const made = [];
  for (let time = Math.ceil(range.from / step) * step; time < last; time += step) {
    const tick = el("span", {}, clock(time, step < 1000 ? 3 : 0));
    tick.style.left = `${((time - range.from) / length) * 100}%`;
    made.push(tick);
  }
  return made;
}
