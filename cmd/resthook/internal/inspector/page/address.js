// The page's URL contains the filters and the open hook. A reload and a link keep
// them, and Back undoes them.

const typing = 1500; // ms: changes of the same text within this are one step of the history

// read returns the filters and the open hook in the URL.
export function read() {
  const query = new URLSearchParams(location.search);
  return {
    q: query.get("q") ?? "",
    session: query.get("session") ?? "",
    methods: query.getAll("method"),
    results: query.getAll("answer"),
    span: query.get("span") ?? "0",
    hook: query.get("hook") ?? "",
  };
}

// makeAddress keeps the URL up to date; changed is called when the browser has gone
// back or forward.
export function makeAddress(changed) {
  let last = { what: "", at: 0 };
  addEventListener("popstate", () => {
    last = { what: "", at: 0 };
    changed(read());
  });

  // write puts what is shown into the URL. what names what has changed: a text
  // that is being typed is one step of the history.
  function write(shown, what = "") {
    const target = location.pathname + query(shown);
    if (target === location.pathname + location.search) return;
    const now = performance.now();
    const on = what !== "" && what === last.what && now - last.at < typing;
    last = { what, at: now };
    if (on) history.replaceState(null, "", target);
    else history.pushState(null, "", target);
  }

  // replace does the same without a step of the history.
  write.replace = (shown) => history.replaceState(null, "", location.pathname + query(shown));
  return write;
}

function query({ q, session, methods, results, span, hook }) {
  const query = new URLSearchParams();
  if (q) query.set("q", q);
  if (session) query.set("session", session);
  for (const method of methods) query.append("method", method);
  for (const result of results) query.append("answer", result);
  if (span !== "0") query.set("span", span);
  if (hook) query.set("hook", hook);
  const text = query.toString();
  return text && `?${text}`;
}
