// How values read.

const two = (n) => String(n).padStart(2, "0");

export function clock(micros, digits = 3) {
  const date = new Date(micros / 1000);
  const whole = `${two(date.getHours())}:${two(date.getMinutes())}:${two(date.getSeconds())}`;
  return digits ? `${whole}.${String(date.getMilliseconds()).padStart(3, "0")}` : whole;
}

export function fullTime(micros) {
  const date = new Date(micros / 1000);
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())} ${clock(micros)}`;
}

export function span(ms) {
  const size = Math.abs(ms);
  if (size < 10) return `${ms.toFixed(1)} ms`;
  if (size < 1000) return `${Math.round(ms)} ms`;
  if (size < 100_000) return `${(ms / 1000).toFixed(size < 10_000 ? 2 : 1)} s`;
  return `${Math.round(ms / 60_000)} min`;
}

export const since = (ms) => (ms === undefined ? "" : (ms < 0 ? "" : "+") + span(ms));

export const outcome = (hook) => (hook.status === 200 ? "ok" : hook.status === 0 ? "dropped" : "refused");

export const statusText = (status) => (status === 0 ? "dropped" : String(status));

export const sessionText = (session) => session || "no session";

export const count = (n, one, many) => `${n.toLocaleString("en")} ${n === 1 ? one : many}`;
