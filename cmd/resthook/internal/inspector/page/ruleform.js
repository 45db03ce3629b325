// The form that makes or changes one rule. Values are sent as the JSON text that was
// typed, so that no number loses a digit.

import { $, button, el, field, input, setText } from "./dom.js";

const notes = {
  mirror: "The answer is what it would be without a rule. With a delay, it comes later.",
  deny: "403 with a reason.",
  overwrite: "These fields of the answer are set. custom.token is the field token in custom. Values are JSON: a text goes in quotes.",
  status: "An answer of your own.",
  break: "The connection is dropped without an answer.",
};

// makeRuleForm makes the form. save is called with the id of the rule, or "" for a new
// one, and its text.
export function makeRuleForm({ save }) {
  const form = $("rule-form");
  let id = "";

  form.addEventListener("change", parts);
  form.addEventListener("submit", submit);
  $("add-field").addEventListener("click", () => addField().querySelector("input").focus());
  fill({});

  async function submit(event) {
    event.preventDefault();
    setText($("rule-error"), "");
    setText($("rule-done"), "");
    try {
      await save(id, ruleText(form));
      setText($("rule-done"), "The rule is in force from the next hook on.");
      fill({});
    } catch (error) {
      setText($("rule-error"), error.message);
    }
  }

  // fill puts a rule into the form. If it has an id, it will be changed; else there
  // will be a new one.
  function fill(rule) {
    id = rule.id ?? "";
    setText($("rule-form-title"), id ? "Change the rule" : "New rule");
    setText($("rule-submit"), id ? "Change rule" : "Add rule");
    $("rule-method").value = rule.method ?? "";
    $("rule-session").value = rule.session ?? "";
    $("rule-name").value = rule.name ?? "";
    $("rule-delay").value = rule.delay ?? "";
    $("rule-reason").value = rule.deny ?? "";
    $("rule-status").value = rule.status || "";
    $("rule-headers").value = Object.entries(rule.headers ?? {}).flatMap(([name, values]) => [values].flat().map((value) => `${name}: ${value}`)).join("\n");
    $("rule-body").value = rule.body ?? "";
    $("fields").replaceChildren();
    for (const [name, value] of rule.overwrite ?? []) addField(name, value);
    form.elements.answer.value = kindOf(rule);
    parts();
  }

  function parts() {
    const answer = form.elements.answer.value;
    setText($("answer-note"), notes[answer]);
    for (const part of ["deny", "overwrite", "status"]) $(`${part}-part`).hidden = answer !== part;
    if (answer === "overwrite" && !$("fields").children.length) addField();
  }

  return {
    fill,
    // forget clears the form if its rule does not exist any more.
    forget: (gone) => gone === id && fill({}),
  };
}

function kindOf(rule) {
  if (rule.deny !== undefined) return "deny";
  if (rule.status) return "status";
  if (rule.break) return "break";
  return rule.overwrite?.length ? "overwrite" : "mirror";
}

function addField(path = "", value = "") {
  const remove = button("✕", () => {
    row.remove();
    $("add-field").focus();
  }, { class: "quiet", "aria-label": "Remove this field" });
  const row = el(
    "div",
    { class: "field" },
    field("Field", input({ class: "field-name", value: path, placeholder: "custom.room" })),
    field("Value, as JSON", input({ class: "field-value", value, placeholder: '"other"' })),
    remove,
  );
  $("fields").append(row);
  return row;
}

// ruleText is the form as JSON.
function ruleText(form) {
  const members = [];
  const add = (name, text) => text !== "" && members.push(`"${name}":${text}`);
  const text = (id) => ($(id).value.trim() ? JSON.stringify($(id).value.trim()) : "");
  add("method", text("rule-method"));
  add("session", text("rule-session"));
  add("name", text("rule-name"));
  add("delay", text("rule-delay"));
  switch (form.elements.answer.value) {
    case "deny": add("deny", JSON.stringify($("rule-reason").value)); break;
    case "overwrite": add("overwrite", `{${fieldTexts().join(",")}}`); break;
    case "break": add("break", "true"); break;
    case "status": addAnswer(add); break;
  }
  return `{${members.join(",")}}`;
}

function addAnswer(add) {
  const status = $("rule-status").value.trim();
  if (!/^[2-5]\d\d$/.test(status)) throw new Error("The status is a number from 200 to 599.");
  add("status", status);
  const headers = headerLines();
  if (headers.size) add("headers", JSON.stringify(Object.fromEntries(headers)));
  if ($("rule-body").value) add("body", JSON.stringify($("rule-body").value));
}

// headerLines are the values of each header.
function headerLines() {
  const headers = new Map();
  for (const line of $("rule-headers").value.split("\n").map((line) => line.trim()).filter(Boolean)) {
    const [, name, value] = /^([^:\s]+):\s*(.*)$/.exec(line) ?? [];
    if (!name) throw new Error(`${line}: a header is NAME: VALUE, one a line.`);
    headers.set(name, [...(headers.get(name) ?? []), value]);
  }
  return headers;
}

function fieldTexts() {
  return [...document.querySelectorAll("#fields .field")].map((row) => {
    const name = row.querySelector(".field-name").value.trim();
    const value = row.querySelector(".field-value").value.trim();
    if (name === "") throw new Error("A field has no name.");
    try {
      JSON.parse(value);
    } catch {
      throw new Error(`${name}: the value is not JSON. A text goes in quotes: ${JSON.stringify(value)}`);
    }
    return `${JSON.stringify(name)}:${value}`;
  });
}
