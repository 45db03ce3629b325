// Sends a hook again, to any backend: from here, or as a curl command.

import { copy } from "./copy.js";
import { button, el, field, input } from "./dom.js";
import { bodyText } from "./bodies.js";
import { span } from "./format.js";
import { server } from "./server.js";

// makeAgain makes the form. base is where hooks go if no other URL is given.
export function makeAgain(hook, base) {
  const url = input({ type: "url", value: base, required: true });
  const body = el("textarea", { rows: 8, value: hook.request ?? "", spellcheck: false, autocomplete: "off" });
  const result = el("div", { class: "again-result", role: "status" });
  const copying = button("Copy as curl", () => copy(curl(hook, url.value), copying));
  const sending = el("button", { type: "submit", class: "primary" }, "Send");
  const form = el(
    "form",
    { class: "stack" },
    field(`To this base URL; /${hook.method} is appended`, url),
    field("Body; as it came where you change nothing", body),
    el("p", { class: "actions" }, sending, copying),
    result,
  );
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    send({ run: hook.run, number: hook.number, url: url.value.trim(), ...edited(body, hook) }, sending, result);
  });
  return el("details", { class: "again" }, el("summary", {}, "Send again"), form);
}

const edited = (body, hook) => (body.value === textOf(hook.request) ? {} : { body: body.value });

// textOf is a text as a textarea returns it.
const textOf = (text = "") => text.replace(/\r\n?/g, "\n");

async function send(what, sending, result) {
  sending.disabled = true;
  result.replaceChildren("Sending");
  try {
    result.replaceChildren(...answered(await server.send(what)));
  } catch (error) {
    result.replaceChildren(el("p", { class: "error" }, `Not sent: ${error.message}`));
  }
  sending.disabled = false;
}

function answered(answer) {
  if (answer.error) return [el("p", { class: "error" }, answer.error)];
  const kind = answer.code === 200 ? "ok" : answer.code === 401 || answer.code === 403 ? "denied" : "failed";
  return [
    el("p", {}, el("span", { class: `badge ${kind}` }, String(answer.code)), ` after ${span(answer.took)}`),
    bodyText("What came back", answer.answer),
  ];
}

// curl is the command that the server made, with another URL in it.
function curl(hook, base) {
  const target = `${base.trim().replace(/\/+$/, "")}/${encodeURIComponent(hook.method)}`;
  return hook.curl.replace(word(hook.url), () => word(target));
}

// word quotes a text as one word of a shell.
const word = (text) => `'${text.replaceAll("'", `'\\''`)}'`;
