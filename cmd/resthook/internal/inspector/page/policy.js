// The editor of a policy: the restClientConfig in the answer to connect. It becomes a
// rule for connect.

import { openDialog } from "./dialogs.js";
import { $, button, debounce, el, field, input, select, setText } from "./dom.js";
import { server } from "./server.js";
import { errorChoice, policyChoices } from "./words.js";
import { visible } from "./visible.js";

const keys = ["restPolicy", "restOverwrite", "restOnError", "restExclude", "clientExclude"];
const defaults = { restPolicy: "NOTIFY", restOnError: "LOG" };

// makePolicy makes the editor. state has the catalogue, rules the rule to change.
export function makePolicy({ state, rules }) {
  let entries = new Map(); // rows by method
  let effects = new Map(); // what the server says of each method
  let asked = 0;
  const changed = debounce(150, ask);

  $("open-policy").addEventListener("click", () => open());
  $("policy-form").addEventListener("input", changed);
  $("policy-form").addEventListener("change", changed);
  $("policy-form").addEventListener("submit", apply);
  $("policy-add").addEventListener("click", () => {
    const method = $("policy-method").value.trim();
    if (!method) return $("policy-method").focus();
    $("policy-method").value = "";
    add(method);
  });
  $("policy-fail").addEventListener("click", failAll);

  // open shows the editor with the policy of a rule, or else the one given.
  function open(policy) {
    openDialog($("policy"));
    setText($("policy-error"), "");
    setText($("policy-done"), "");
    show(policy ?? policyOf(rules.ofConnect()));
  }

  function show(policy) {
    entries = new Map();
    for (const [method, entry] of Object.entries(policy ?? {})) {
      if (entry && typeof entry === "object") entries.set(method, makeEntry(method, entry));
    }
    draw();
  }

  function draw() {
    $("policy-entries").replaceChildren(...[...entries.values()].map((entry) => entry.node));
    $("policy-none").hidden = entries.size > 0;
    ask();
  }

  function add(method, entry = { restOnError: "FAIL" }) {
    if (!entries.has(method)) entries.set(method, makeEntry(method, entry));
    draw();
    entries.get(method).node.querySelector("select").focus();
  }

  // failAll sets restOnError FAIL wherever a denial can stop something.
  function failAll() {
    for (const { name, kind } of state.methods) {
      if (kind !== "direct" && kind !== "incoming") continue;
      if (!entries.has(name)) entries.set(name, makeEntry(name, {}));
      entries.get(name).controls.restOnError.value = "FAIL";
    }
    draw();
  }

  const kindOf = (method) => state.methods.find(({ name }) => name === method)?.kind ?? "";

  function makeEntry(method, entry) {
    const text = (key, placeholder) => input({ value: entry[key] ?? "", placeholder });
    const controls = {
      restPolicy: select(Object.keys(policyChoices), { value: entry.restPolicy === "DISABLED" ? "DISABLE" : (entry.restPolicy ?? defaults.restPolicy) }),
      restOverwrite: text("restOverwrite", "name, custom.room"),
      restOnError: select(["LOG", "FAIL"], { value: entry.restOnError ?? defaults.restOnError }),
      restExclude: text("restExclude", "sdp"),
      clientExclude: text("clientExclude", "custom.secret"),
    };
    const rest = Object.entries(entry).filter(([key]) => !keys.includes(key)); // other keys are kept
    const made = { controls, rest, effect: el("p", { class: "effect" }), warning: el("p", { class: "warning" }) };
    const notes = Object.fromEntries(keys.map((key) => [key, el("span", { class: "note" })]));
    made.explain = () => explain(controls, notes, kindOf(method));
    const remove = button("Remove", () => {
      entries.delete(method);
      draw();
      $("policy-method").focus();
    }, { "aria-label": `Remove ${method} from the policy` });
    made.node = el(
      "fieldset",
      { class: "policy-entry", data: { method } },
      el("legend", {}, visible(method), " ", el("span", { class: "note" }, kindOf(method))),
      el("div", { class: "policy-grid" }, keys.map((key) => field(key, controls[key], notes[key]))),
      made.effect,
      made.warning,
      el("p", { class: "actions" }, remove),
    );
    return made;
  }

  // ask asks the server for the effects of the policy.
  async function ask() {
    for (const entry of entries.values()) entry.explain();
    const own = ++asked;
    try {
      const answer = await server.policy(policyText(entries));
      if (own === asked) tell(answer);
    } catch (error) {
      if (own === asked) setText($("policy-error"), error.message);
    }
  }

  function tell(answer) {
    setText($("policy-error"), answer.error ?? "");
    $("policy-warnings").replaceChildren(...(answer.warnings ?? []).map((warning) => el("li", { class: "warning" }, visible(warning))));
    effects = new Map((answer.methods ?? []).map((method) => [method.method, method]));
    for (const [method, entry] of entries) {
      setText(entry.effect, effects.get(method)?.effect ?? "");
      setText(entry.warning, effects.get(method)?.warning ?? "");
    }
    drawRest();
  }

  // drawRest lists the methods without an entry: first those that have come.
  function drawRest() {
    const come = new Set(state.hooks.map((hook) => hook.method));
    const rest = [...effects.values()].filter(({ method }) => !entries.has(method));
    const first = rest.filter(({ method }) => come.has(method));
    const others = rest.filter(({ method }) => !come.has(method));
    $("policy-rest").replaceChildren(...[...first, ...others].map((method) => restLine(method, come.has(method.method))));
    setText($("policy-rest-title"), `Methods without an entry (${rest.length})`);
  }

  function restLine({ method, kind, effect, warning }, come) {
    return el(
      "li",
      {},
      el("span", { class: "rule-words" }, el("code", {}, visible(method)), " ", el("span", { class: "note" }, come ? `${kind}, has come in this run` : kind), el("br"), effect, warning && el("span", { class: "warning" }, warning)),
      button("Add", () => add(method), { "aria-label": `Add ${method} to the policy` }),
    );
  }

  // apply adds a rule for connect with the policy, or changes the existing one.
  async function apply(event) {
    event.preventDefault();
    setText($("policy-error"), "");
    try {
      const rule = rules.ofConnect();
      if (rule && (rule.deny !== undefined || rule.status || rule.break)) throw new Error("There is a rule of connect that lets nobody in: change or remove it first.");
      await rules.save(rule?.id ?? "", connectRule(rule, policyText(entries)));
      setText($("policy-done"), "The policy is given to those who connect from now on.");
    } catch (error) {
      setText($("policy-error"), error.message);
    }
  }

  return { open };
}

// policyOf is the policy in a rule.
function policyOf(rule) {
  const text = rule?.overwrite?.find(([path]) => path === "restClientConfig")?.[1];
  try {
    return JSON.parse(text ?? "{}");
  } catch {
    return {};
  }
}

// connectRule is a rule's text with another policy in it.
function connectRule(rule, policy) {
  const others = (rule?.overwrite ?? []).filter(([path]) => path !== "restClientConfig");
  const fields = [...others, ["restClientConfig", policy]].map(([path, value]) => `${JSON.stringify(path)}:${value}`);
  const delay = rule?.delay ? `,"delay":${JSON.stringify(rule.delay)}` : "";
  return `{"method":"connect","overwrite":{${fields.join(",")}}${delay}}`;
}

// explain shows the effect under each choice.
function explain(controls, notes, kind) {
  const { restPolicy, restOnError } = controls;
  const asks = restPolicy.value !== "DISABLE";
  setText(notes.restPolicy, policyChoices[restPolicy.value]);
  setText(notes.restOverwrite, restPolicy.value === "OVERWRITE" ? "Fields that are taken from the answer." : "Without effect: restPolicy is not OVERWRITE.");
  setText(notes.restOnError, asks ? errorChoice(restOnError.value, kind) : "Without effect: the backend is not asked.");
  setText(notes.restExclude, asks ? "Fields that the backend does not get." : "Without effect: the backend is not asked.");
  setText(notes.clientExclude, "Fields that the client does not get.");
  controls.restOverwrite.disabled = restPolicy.value !== "OVERWRITE" && !controls.restOverwrite.value;
}

// policyText is the policy as JSON, without default values.
function policyText(entries) {
  const members = [...entries].map(([method, { controls, rest }]) => {
    const set = keys.filter((key) => controls[key].value.trim() !== (defaults[key] ?? ""));
    return [method, Object.fromEntries([...rest, ...set.map((key) => [key, controls[key].value.trim()])])];
  });
  return JSON.stringify(Object.fromEntries(members));
}
