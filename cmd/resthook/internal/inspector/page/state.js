// What the page knows: the hooks, the run they are of, and the catalogue.

// The state changes by take alone, which is given the answers to polls.
export function makeState() {
  return {
    server: "", // the server process
    run: "", // the run of the hooks that come now
    newest: 0, // the number of its newest hook
    hooks: [], // ended, oldest first; of earlier runs too
    pending: [], // in flight, oldest first
    pendingMore: 0,
    kept: 10_000,
    letGo: 0, // hooks of this run that the server has no longer
    methods: [], // the catalogue
    path: "",
    to: "",
    command: "serve",
    signing: false,
    more: false, // whether the server has hooks that are to come
  };
}

// take puts an answer to a poll into the state. It returns what has happened to
// the run: "cleared", "restarted" or "" if it goes on.
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

// begin goes over to another run. What a server that was started anew does not
// know any more stays on the page.
function begin(state, { server, run }) {
  const before = state.server;
  const had = state.hooks.length > 0;
  Object.assign(state, { server, run, newest: 0, letGo: 0 });
  state.hooks = before === server ? [] : state.hooks.map((hook) => ({ ...hook, lost: true }));
  if (!before || !had) return "";
  return before === server ? "cleared" : "restarted";
}

// known is a hook with its id, and with what a search in the rows looks at.
function known(hook, run) {
  const texts = [
    hook.method, hook.name, hook.status, hook.caller, hook.session, hook.mediaSession, hook.appKey,
    hook.remote, hook.fault, hook.rule, hook.path, hook.verb, hook.code, ...(hook.changed ?? []),
  ];
  return {
    session: "", ...hook, run,
    id: hook.number ? `${run}.${hook.number}` : "", // once it has ended
    key: `${run}/${hook.key ?? hook.number}`, // the same before and after
    text: texts.filter(Boolean).join("\n").toLowerCase(),
  };
}

// elapsed is how long a hook has been in flight by now.
export const elapsed = (hook) => hook.took + performance.now() - hook.seen;

// byId finds a hook by its id or, while it is in flight, by its key.
export const find = (state, id) =>
  state.hooks.findLast((hook) => hook.id === id || hook.key === id) ?? state.pending.find((hook) => hook.key === id);
