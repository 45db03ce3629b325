// The page of resthook serve, record and forward. This file puts the parts together.
// What you see on the page is in
//
//   page.html      everything that is on the page from the start
//   run.js         the head: where hooks go, pause, clear, connection
//   filters.js     the filters above the list; address.js keeps them in the URL
//   search.js      the search in payloads, which the server does
//   list.js        the list of hooks; row.js is one row
//   timeline.js    the sessions on a time line; axis.js is its axis
//   detail.js      the panel of the open hook; hookview.js what is in it,
//                  bodies.js requests, answers, headers, and what changed
//   again.js       "Send again" and "Copy as curl"
//   rules.js       the current rules; ruleform.js the form for one rule
//   policy.js      the editor of the policy in the answer to connect
//   replay.js      the replay of a recording
//   notices.js     messages at the top, and announcements for screen readers
//   words.js       what results and choices mean, in sentences
//
// The rest: poll.js polls the server, state.js keeps what came, server.js is the
// server's API; dom.js makes elements, visible.js shows untrusted text, format.js
// formats times and numbers, copy.js copies, dialogs.js opens dialogs. base.css has
// colours and controls; each other style sheet is named after a part of the page.
//
// Data flows one way: an answer to a poll, or what the user does, changes the state,
// and draw shows the state.

import { makeAddress, read } from "./address.js";
import { makeDetail } from "./detail.js";
import { makeDialogs } from "./dialogs.js";
import { $, debounce, setText } from "./dom.js";
import { makeFilters, passes } from "./filters.js";
import { count, number } from "./format.js";
import { makeList } from "./list.js";
import { dismiss, makeNews, notice } from "./notices.js";
import { makePolicy } from "./policy.js";
import { startPolling } from "./poll.js";
import { makeReplay } from "./replay.js";
import { makeRules } from "./rules.js";
import { makeRun } from "./run.js";
import { makeSearch } from "./search.js";
import { find, makeState, take } from "./state.js";
import { makeTimeline } from "./timeline.js";

const redraw = 150; // least ms between two drawings, unless the user acts

const state = makeState();
let wanted = read(); // from the URL: the filters, and the hook to open
let planned = 0;

const address = makeAddress(follow);
const run = makeRun({ state, changed: draw });
const filters = makeFilters({ changed: choose });
const search = makeSearch({ found: schedule, failed: (error) => notice("search", `The payloads were not searched: ${error.message}.`, "error") });
const list = makeList({ open });
const timeline = makeTimeline({ open, unfolded: schedule, choose: (session) => filterSession(wanted.session === session ? "" : session) });
const rules = makeRules({ editPolicy: () => policy.open() });
const policy = makePolicy({ state, rules });
const detail = makeDetail({
  closed: () => show(null),
  opener: (hook) => list.opener(hook),
  beside,
  go: open,
  kindOf: (method) => state.methods.find(({ name }) => name === method)?.kind,
  ruleOf: rules.of,
  openRule: rules.open,
  makeRule: (hook) => rules.open({ method: hook.method }),
  editPolicy: (hook) => policy.open(hook.policy),
  filterSession,
  base: () => state.to || run.base(),
});
const news = makeNews();
const drawTimeline = debounce(120, (hooks) => {
  timeline.update(hooks, Number(wanted.span));
  timeline.filtered(wanted.session);
  timeline.choose(wanted.hook);
});

makeDialogs();
makeReplay();
filters.show(wanted);
new ResizeObserver(schedule).observe($("axis"));
setInterval(tick, 100);
startPolling({
  place: () => ({ run: state.run, after: state.newest, rules: rules.edition }),
  take: receive,
  lost: () => run.connection("lost"),
});

// receive handles the answer to a poll.
function receive(answer) {
  run.connection("live");
  const happened = take(state, answer);
  if (answer.rules) rules.show(answer.rules);
  if (happened === "restarted") notice("restart", "The server was restarted. The hooks of the earlier run are still listed here, grey; what they carried is gone unless it was open on this page.");
  if (happened === "cleared") dismiss("restart");
  if (!answer.anew) news(answer.hooks ?? []);
  if (answer.anew) run.begin();
  if (happened === "cleared" && detail.hook) close();
  if (answer.hooks?.length || answer.pending?.length || answer.anew || shown.pending) schedule();
}

const sayCount = debounce(800, () => setText($("news"), $("hook-count").textContent));

// choose handles a change of the filters.
function choose(what) {
  wanted = { ...wanted, ...filters.chosen() };
  address(wanted, what);
  draw();
  sayCount();
}

function filterSession(session) {
  wanted = { ...wanted, session };
  filters.show(wanted);
  address(wanted);
  draw();
}

// follow shows what the URL contains, after Back or Forward.
function follow(address) {
  wanted = address;
  filters.show(wanted);
  if (!wanted.hook) detail.close();
  draw();
}

// open opens a hook, and writes it into the URL.
function open(hook) {
  show(hook);
  draw();
}

function show(hook) {
  wanted = { ...wanted, hook: hook ? hook.id || hook.key : "" };
  address(wanted);
  if (!hook) mark();
}

function close() {
  detail.close();
  show(null);
}

// schedule draws soon, once for all changes until then.
function schedule() {
  planned ||= setTimeout(() => requestAnimationFrame(draw), redraw);
}

const shown = { pending: 0 };

function draw() {
  clearTimeout(planned);
  planned = 0;
  const there = run.there();
  const empty = there.length === 0;
  $("empty").hidden = !empty;
  $("filters").hidden = $("timeline").hidden = $("list").hidden = empty;
  shown.pending = state.pending.length;
  search.look(wanted.q, state.run, state.newest);
  filters.offer(there);
  const passing = there.filter(passes(wanted, search.has));
  const ended = passing.filter((hook) => hook.result !== "pending");
  drawDetail();
  mark();
  list.update(passing.toReversed());
  drawTimeline(ended);
  describe(passing.length, there.length);
}

function describe(passing, there) {
  $("none").hidden = there === 0 || passing > 0;
  setText($("none"), search.busy ? "Searching the payloads" : "No hook passes the filters.");
  const hooks = passing === there ? count(there, "hook") : `${number(passing)} of ${count(there, "hook")} pass the filters`;
  const older = state.letGo ? `; the server keeps the newest ${number(state.kept)}, ${count(state.letGo, "older one is", "older ones are")} gone` : "";
  const waiting = state.pendingMore ? `; ${count(state.pendingMore, "more hook")} in flight` : "";
  setText($("hook-count"), hooks + older + waiting);
}

// drawDetail opens the hook in the URL once it has come, and updates the open one.
function drawDetail() {
  if (!wanted.hook || !state.run) return;
  const hook = find(state, wanted.hook) ?? unlisted(wanted.hook);
  if (!hook) return;
  if (hook.id && hook.id !== wanted.hook) {
    wanted = { ...wanted, hook: hook.id }; // it is not in flight any more
    address.replace(wanted);
  }
  const same = detail.hook && (detail.hook.key === hook.key || detail.hook.id === hook.id);
  if (same) detail.refresh(hook);
  else detail.open(hook);
}

// unlisted loads a hook that is in the URL but not in the list.
function unlisted(id) {
  const [, run, number] = /^(.*)\.(\d+)$/.exec(id) ?? [];
  return number && !state.more ? { id, key: id, run, number: Number(number) } : null;
}

function mark() {
  list.choose(wanted.hook);
  timeline.choose(wanted.hook);
}

// beside is the previous or the next hook of the same session.
function beside(hook, by) {
  const session = state.hooks.filter((other) => other.session === hook.session);
  const at = session.findIndex((other) => other.key === hook.key);
  return at < 0 ? undefined : session[at + by];
}

// tick updates the elapsed time of hooks in flight.
function tick() {
  if (!shown.pending) return;
  list.tick();
  if (detail.hook?.result === "pending") detail.refresh(detail.hook);
}
