// The rules in force, and the form that changes them. Values of fields travel
// as the JSON that was typed: no number loses a digit here.

import { $, ask, el } from "./dom.js";

const notes = {
  mirror: "The answer is what came.",
  deny: "403 with a reason: the media server refuses.",
  overwrite: "These fields take the place of those that came. Values are JSON: a text goes in quotes.",
  break: "The connection is dropped without an answer.",
};

export function makeRules() {
  const dialog = $("rules");
  const form = $("rule-form");

  $("open-rules").addEventListener("click", () => open());
  form.addEventListener("change", showParts);
  form.addEventListener("submit", (event) => submit(event, "rule-error", () => change("PUT", methodOf(form), ruleText(form))));
  $("rules-form").addEventListener("submit", (event) => submit(event, "rules-error", () => change("PUT", null, $("rules-text").value)));
  $("add-field").addEventListener("click", () => addField().querySelector("input").focus());
  showParts();

  function open(method) {
    if (method) fill({ method });
    dialog.showModal();
    if (method) $("rule-method").focus();
  }

  async function submit(event, place, action) {
    event.preventDefault();
    try {
      $(place).textContent = "";
      show(await action());
      if (place === "rule-error") fill({ method: "" });
    } catch (error) {
      $(place).textContent = error.message;
    }
  }

  let shown = "";
  function show(rules) {
    if (JSON.stringify(rules.rules) === shown) return; // what has the focus keeps it
    shown = JSON.stringify(rules.rules);
    $("rules-text").value = rules.text;
    $("open-rules").textContent = rules.rules.length ? `Rules (${rules.rules.length})` : "Rules";
    $("rule-list").replaceChildren(...rules.rules.map(listed));
    $("in-force").hidden = rules.rules.length === 0;
    $("in-force").replaceChildren(...rules.rules.map(chip));
  }

  function listed(rule) {
    const edit = el("button", { type: "button", "aria-label": `Edit the rule of ${rule.method}` }, "Edit");
    edit.addEventListener("click", () => {
      fill(rule);
      $("rule-method").focus();
    });
    const remove = el("button", { type: "button", "aria-label": `Remove the rule of ${rule.method}` }, "Remove");
    remove.addEventListener("click", (event) => submit(event, "rule-error", () => change("DELETE", rule.id, "{}")));
    return el("li", {}, el("span", { class: "rule-words" }, el("code", {}, rule.method), ": ", words(rule)), edit, remove);
  }

  function chip(rule) {
    const button = el("button", { type: "button", class: "chip", title: "Edit this rule" }, el("code", {}, rule.method), ": ", words(rule));
    button.addEventListener("click", () => {
      open();
      fill(rule);
    });
    return button;
  }

  return { open, show };
}

function change(verb, which, body) {
  const send = (method, path, body) => ask(path, { method, headers: { "Content-Type": "application/json" }, body });
  if (which === null) return send("PUT", "/-/rules", body);
  if (verb === "DELETE") return send("DELETE", `/-/rules?id=${encodeURIComponent(which)}`, body);
  const rest = body.trim().slice(1);
  return send("POST", "/-/rules", `{"method":${JSON.stringify(which)}${rest.trim() === "}" ? "" : ","}${rest}`);
}

// words says in short what a rule does.
function words(rule) {
  const parts = [];
  if (rule.delay) parts.push(`after ${rule.delay}`);
  if (rule.deny !== undefined) parts.push(`deny “${rule.deny}”`);
  else if (rule.overwrite) parts.push(`overwrite ${rule.overwrite.map(([name, value]) => `${name} = ${value}`).join(", ")}`);
  else if (rule.break) parts.push("break");
  else parts.push("mirror");
  return parts.join(", ");
}

function fill(rule) {
  $("rule-method").value = rule.method;
  $("rule-delay").value = rule.delay ?? "";
  $("rule-reason").value = rule.deny ?? "";
  $("fields").replaceChildren();
  for (const [name, value] of rule.overwrite ?? []) addField(name, value);
  const answer = rule.deny !== undefined ? "deny" : rule.overwrite ? "overwrite" : rule.break ? "break" : "mirror";
  $("rule-form").elements.answer.value = answer;
  showParts();
}

function showParts() {
  const answer = $("rule-form").elements.answer.value;
  $("answer-note").textContent = notes[answer];
  $("deny-part").hidden = answer !== "deny";
  $("overwrite-part").hidden = answer !== "overwrite";
  if (answer === "overwrite" && !$("fields").children.length) addField();
}

function addField(name = "", value = "") {
  const remove = el("button", { type: "button", class: "quiet", "aria-label": "Remove this field" }, "✕");
  const field = el(
    "div",
    { class: "field" },
    el("label", {}, "Field", el("input", { class: "field-name", value: name, placeholder: "name", autocomplete: "off", spellcheck: false })),
    el("label", {}, "Value", el("input", { class: "field-value", value, placeholder: '"other"', autocomplete: "off", spellcheck: false })),
    remove,
  );
  remove.addEventListener("click", () => {
    field.remove();
    $("add-field").focus();
  });
  $("fields").append(field);
  return field;
}

const methodOf = (form) => form.querySelector("#rule-method").value.trim();

// ruleText is the form as a rules file has it.
function ruleText(form) {
  const members = [];
  const delay = $("rule-delay").value.trim();
  if (delay) members.push(`"delay":${JSON.stringify(delay)}`);
  switch (form.elements.answer.value) {
    case "deny": members.push(`"deny":${JSON.stringify($("rule-reason").value)}`); break;
    case "overwrite": members.push(`"overwrite":{${fieldTexts().join(",")}}`); break;
    case "break": members.push(`"break":true`); break;
  }
  return `{${members.join(",")}}`;
}

function fieldTexts() {
  return [...document.querySelectorAll("#fields .field")].map((field) => {
    const name = field.querySelector(".field-name").value.trim();
    const value = field.querySelector(".field-value").value.trim();
    if (name === "") throw new Error("A field has no name.");
    try {
      JSON.parse(value);
    } catch {
      throw new Error(`${name}: the value is not JSON. A text goes in quotes: "${value}"`);
    }
    return `${JSON.stringify(name)}:${value}`;
  });
}
