// Formats values as text.

const two = (n) => String(n).padStart(2, "0");

export function clock(ms, digits = 3) {
  const date = new Date(ms);
  const whole = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return digits ? `${whole}.${String(date.getMilliseconds()).padStart(3, "0")}` : whole;
}

export function fullTime(ms) {
  const date = new Date(ms);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock(ms)}`;
}

export function span(ms) {
  const size = Math.abs(ms);
  if (size < 0.05) return "< 0.1 ms";
  if (size < 10) return `${ms.toFixed(1)} ms`;
  if (size < 1000) return `${Math.round(ms)} ms`;
  if (size < 100_000) return `${(ms / 1000).toFixed(size < 10_000 ? 2 : 1)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

export const since = (ms) => (ms === undefined ? "" : (ms < 0 ? "" : "+") + span(ms));

const format = new Intl.NumberFormat("en");
export const number = (n) => format.format(n);

export const count = (n, one, many = `${one}s`) => `${number(n)} ${n === 1 ? one : many}`;

export const sessionText = (session) => session || "no session";

// results are the labels of a hook's possible results.
export const results = {
  ok: "allowed",
  changed: "changed",
  denied: "denied",
  failed: "failed",
  dropped: "dropped",
  wrong: "wrong path",
  pending: "in flight",
};

// answerText is the answer in two words.
export function answerText(hook) {
  switch (hook.result) {
    case "pending":
    case "dropped": return results[hook.result];
    case "ok": return String(hook.code);
    case "wrong": return `${hook.code} wrong`;
    default: return `${hook.code} ${hook.result}`;
  }
}

// about is what a hook is about: who calls whom, or the name of the stream.
export function about(hook) {
  return hook.caller && hook.name ? `${hook.caller} → ${hook.name}` : hook.name || hook.caller || "";
}

// remark is what is special about a hook: a fault and who caused it, or the fields
// that the answer changed, and the rule that was applied.
export function remark(hook) {
  const parts = [];
  if (hook.fault) parts.push(hook.fault);
  else if (hook.changed?.length) parts.push(`changed ${hook.changed.join(", ")}`);
  if (hook.rule && !hook.fault?.startsWith("rule")) parts.push(`rule: ${hook.rule}`);
  return parts.join(" · ");
}
