// The state of the page: the hooks, their run, and the catalogue.

// Only take changes the state; it is called with the answers to polls.
export function makeState() {
  return {
    server: "", // identifies the server process
    run: "", // the current run
    newest: 0, // the number of its newest hook
    hooks: [], // ended, oldest first; of earlier runs too
    pending: [], // in flight, oldest first
    pendingMore: 0,
    kept: 10_000,
    letGo: 0, // hooks of this run that the server has removed
    methods: [], // the catalogue
    path: "",
    to: "",
    command: "serve",
    signing: false,
    more: false, // the server has more hooks for the next poll
  };
}

// take puts an answer to a poll into the state. It returns what happened to the run:
// "cleared", "restarted" or "" if it continues.
export function take(state, answer) {
  const event = answer.anew ? begin(state, answer) : "";
  for (const key of ["path", "to", "command", "signing", "kept", "letGo", "methods", "more"]) {
    if (answer[key] !== undefined) state[key] = answer[key];
  }
  const hooks = (answer.hooks ?? []).map((hook) => known(hook, state.run));
  if (hooks.length) {
    state.newest = hooks.at(-1).number;
    state.hooks = [...state.hooks, ...hooks].slice(-state.kept);
  }
  const now = performance.now();
  state.pending = (answer.pending ?? []).map((hook) => ({ ...known(hook, state.run), result: "pending", seen: now }));
  state.pendingMore = answer.pendingMore ?? 0;
  return event;
}

// begin begins another run. After a restart of the server, the old hooks stay on the
// page.
function begin(state, { server, run }) {
  const before = state.server;
  const had = state.hooks.length > 0;
  Object.assign(state, { server, run, newest: 0, letGo: 0 });
  state.hooks = before === server ? [] : state.hooks.map((hook) => ({ ...hook, lost: true }));
  if (!before || !had) return "";
  return before === server ? "cleared" : "restarted";
}

// known is a hook with its id and with the text that a search in the rows uses.
function known(hook, run) {
  const texts = [
    hook.method, hook.name, hook.status, hook.caller, hook.session, hook.mediaSession, hook.appKey,
    hook.remote, hook.fault, hook.rule, hook.path, hook.verb, hook.code, ...(hook.changed ?? []),
  ];
  return {
    session: "", ...hook, run,
    id: hook.number ? `${run}.${hook.number}` : "", // empty while it is in flight
    key: `${run}/${hook.key ?? hook.number}`, // the same before and after
    text: texts.filter(Boolean).join("\n").toLowerCase(),
  };
}

// elapsed is how long a hook has been in flight.
export const elapsed = (hook) => hook.took + performance.now() - hook.seen;

// byId finds a hook by its id or, while it is in flight, by its key.
export const find = (state, id) =>
  state.hooks.findLast((hook) => hook.id === id || hook.key === id) ?? state.pending.find((hook) => hook.key === id);
