// The requests to the server.

const json = { "Content-Type": "application/json" };

export const server = {
  poll: ({ run, after, rules }) => ask(`/-/poll?${new URLSearchParams({ run, after, rules })}`, { signal: AbortSignal.timeout(20_000) }),
  hook: (run, number) => ask(`/-/hooks/${encodeURIComponent(run)}/${number}`),
  search: (run, q, after) => ask(`/-/search?${new URLSearchParams({ run, q, after })}`),
  clear: () => ask("/-/run", { method: "DELETE" }),
  send: (what) => ask("/-/send", { method: "POST", headers: json, body: JSON.stringify(what) }),
  replay: (recording) => ask("/-/replay", { method: "POST", headers: { "Content-Type": "application/x-ndjson" }, body: recording }),
  policy: (text) => ask("/-/policy", { method: "POST", headers: json, body: `{"policy":${text}}` }),
  // Rules are sent as the text that was typed, so that no number loses a digit.
  addRule: (text) => ask("/-/rules", { method: "POST", headers: json, body: text }),
  setRule: (id, text) => ask(`/-/rules?id=${encodeURIComponent(id)}`, { method: "PUT", headers: json, body: text }),
  removeRule: (id) => ask(`/-/rules?id=${encodeURIComponent(id)}`, { method: "DELETE", headers: json }),
  setRules: (text) => ask("/-/rules", { method: "PUT", headers: json, body: text }),
};

// ask sends a request to the server. It throws an Error with the server's message.
async function ask(path, options = {}) {
  const answer = await fetch(path, { ...options, cache: "no-store" }).catch(() => {
    throw new Error("the server does not answer");
  });
  if (answer.status === 204) return null;
  const body = await answer.json().catch(() => ({ error: `the server answered ${answer.status} and no JSON` }));
  if (!answer.ok) throw new Error(body.error);
  return body;
}
