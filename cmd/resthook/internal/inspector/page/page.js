// The page of resthook serve: hears of hooks and rules, and has them shown.

import { $, ask, el } from "./dom.js";
import { makeDetail } from "./detail.js";
import { count } from "./format.js";
import { makeList } from "./list.js";
import { makeReplay } from "./replay.js";
import { makeRules } from "./rules.js";
import { makeTimeline } from "./timeline.js";

const redraw = 200; // ms between two drawings at least

const state = {
  run: "",
  hooks: [], // as many as the server keeps
  kept: 10000,
  letGo: 0,
  paused: false,
  whenPaused: 0, // the newest hook then
  drawn: 0, // the newest hook that has been drawn
  methods: new Set(), // those to show; all if empty
};

const rules = makeRules();
const detail = makeDetail({ run: () => state.run, beside, makeRule: rules.open, chosen });
const list = makeList(detail.open);
const timeline = makeTimeline(detail.open, (session) => {
  $("filter-session").value = $("filter-session").value === session ? "" : session;
  draw();
});
makeReplay();
listen();

$("filters").addEventListener("input", draw);
$("filters").addEventListener("submit", (event) => event.preventDefault());
$("pause").addEventListener("click", pause);
$("clear").addEventListener("click", () => ask("/-/run", { method: "DELETE" }).catch((error) => announce(error.message)));
for (const button of document.querySelectorAll("[data-close]")) {
  button.addEventListener("click", () => button.closest("dialog").close());
}
new ResizeObserver(() => schedule()).observe($("axis"));

// listen asks what is new, again and again.
async function listen() {
  let after = 0;
  let edition = 0;
  for (;;) {
    let more = false;
    try {
      const news = await ask(`/-/poll?run=${state.run}&after=${after}&rules=${edition}`);
      more = news.more;
      if (news.methods) begin({ path: news.path, methods: news.methods.map((method) => method.name), kept: news.kept });
      if (news.rules) {
        edition = news.rules.edition;
        rules.show(news.rules);
      }
      if (news.anew || news.hooks.length) take({ ...news, hooks: news.hooks.map((hook) => ({ ...hook, time: hook.time * 1000, status: hook.code })) });
      after = newest();
      connection("Live", "live");
    } catch {
      connection("Reconnecting", "lost");
    }
    if (!more) await new Promise((done) => setTimeout(done, 500));
  }
}

function connection(text, kind) {
  $("connection").textContent = text;
  $("connection").className = `connection ${kind}`;
}

function begin({ path, methods, kept }) {
  const base = location.origin + path.replace(/\/$/, "");
  state.kept = kept;
  $("base").textContent = base;
  $("sample").textContent = `resthook send publishStream --url ${base} --data '{"sessionId":"s1","name":"cam"}'`;
  $("rule-methods").replaceChildren(...["*", ...methods].map((value) => el("option", { value })));
}

function take({ run, anew, letGo, hooks }) {
  if (anew) restart(run);
  state.letGo = letGo;
  state.hooks.push(...hooks);
  if (state.hooks.length > state.kept) state.hooks = state.hooks.slice(-state.kept);
  schedule();
}

function restart(run) {
  Object.assign(state, { run, hooks: [], letGo: 0, drawn: 0, whenPaused: 0 });
  detail.close();
  list.reset();
  timeline.reset();
}

function pause() {
  state.paused = !state.paused;
  state.whenPaused = newest();
  $("pause").setAttribute("aria-pressed", state.paused);
  draw();
}

const newest = () => state.hooks.at(-1)?.number ?? 0;

// schedule draws soon, once for all that comes until then.
let planned = 0;
function schedule() {
  planned ||= setTimeout(() => requestAnimationFrame(draw), redraw);
}

function draw() {
  clearTimeout(planned);
  planned = 0;
  const waiting = state.paused ? newest() - state.whenPaused : 0;
  $("pause").textContent = state.paused ? `Resume (${waiting} new)` : "Pause";
  const there = state.paused ? state.hooks.filter((hook) => hook.number <= state.whenPaused) : state.hooks;
  const empty = there.length === 0;
  $("empty").hidden = !empty;
  $("filters").hidden = $("timeline").hidden = $("list").hidden = empty;
  offerMethods(there);
  const shown = there.filter(wanted());
  list.update(shown);
  timeline.update(shown, Number($("span").value));
  timeline.filtered($("filter-session").value);
  $("none").hidden = empty || shown.length > 0;
  describe(shown.length, there.length);
  announceNews();
}

function wanted() {
  const session = $("filter-session").value.trim().toLowerCase();
  return (hook) =>
    (state.methods.size === 0 || state.methods.has(hook.method)) &&
    (session === "" || hook.session.toLowerCase().includes(session));
}

function describe(shown, all) {
  const hooks = shown === all ? count(all, "hook", "hooks") : `${shown.toLocaleString("en")} of ${count(all, "hook", "hooks")}`;
  const older = state.letGo ? `; ${count(state.letGo, "older one was", "older ones were")} let go` : "";
  $("hook-count").textContent = hooks + older;
}

// offerMethods has a checkbox for each method that has come.
function offerMethods(hooks) {
  const counts = new Map();
  for (const hook of hooks) counts.set(hook.method, (counts.get(hook.method) ?? 0) + 1);
  const offered = new Map([...$("methods").querySelectorAll("label")].map((label) => [label.dataset.method, label]));
  for (const [method, label] of offered) {
    if (counts.has(method) || state.methods.has(method)) continue;
    label.remove();
  }
  for (const [method, n] of counts) {
    const label = offered.get(method) ?? offer(method);
    label.querySelector(".n").textContent = n;
  }
  $("methods").hidden = hooks.length === 0;
}

function offer(method) {
  const box = el("input", { type: "checkbox" });
  box.addEventListener("input", () => {
    if (box.checked) state.methods.add(method);
    else state.methods.delete(method);
  });
  const label = el("label", { class: "chip" }, box, el("span", {}, method), el("span", { class: "n" }));
  label.dataset.method = method;
  $("methods").append(label);
  return label;
}

// beside is the hook before or after another in its session.
function beside(hook, by) {
  const session = state.hooks.filter((other) => other.session === hook.session);
  return session[session.findIndex((other) => other.number === hook.number) + by];
}

function chosen(number) {
  list.choose(number);
  timeline.choose(number);
}

// announceNews tells a screen reader of new hooks, not of each.
let said = 0;
function announceNews() {
  const fresh = newest() - state.drawn;
  if (state.paused || fresh <= 0 || Date.now() - said < 5000) return;
  said = Date.now();
  state.drawn = newest();
  announce(count(fresh, "new hook", "new hooks"));
}

function announce(text) {
  $("news").textContent = text;
}
