// The current rules: the line at the top, and the dialog that lists and changes them.

import { openDialog } from "./dialogs.js";
import { $, button, el, setText } from "./dom.js";
import { makeRuleForm } from "./ruleform.js";
import { server } from "./server.js";
import { plain, visible } from "./visible.js";

export function makeRules({ editPolicy }) {
  let rules = { edition: 0, rules: [], text: "" };
  const form = makeRuleForm({ save });

  $("open-rules").addEventListener("click", () => open());
  $("new-rule").addEventListener("click", () => edit({}));
  $("rules-form").addEventListener("submit", (event) => {
    event.preventDefault();
    attempt($("rules-error"), () => server.setRules($("rules-text").value));
  });

  // open shows the dialog, with a rule in its form if one is given.
  function open(rule) {
    openDialog($("rules"));
    if (rule) edit(rule);
  }

  function edit(rule) {
    form.fill(rule);
    $("rule-method").focus();
    $("rule-form").scrollIntoView({ block: "nearest" });
  }

  // save changes the rule with the id, or adds one. It throws an Error if the server
  // refuses the rule.
  async function save(id, text) {
    show(await (id ? server.setRule(id, text) : server.addRule(text)));
  }

  async function attempt(place, action) {
    try {
      setText(place, "");
      show(await action());
    } catch (error) {
      setText(place, error.message);
    }
  }

  // show shows other rules. Elements of rules that have not changed stay, so that the
  // focus stays, too.
  function show(view) {
    if (view.edition === rules.edition) return;
    rules = view;
    if (document.activeElement !== $("rules-text")) $("rules-text").value = view.text;
    setText($("open-rules"), view.rules.length ? `Rules (${view.rules.length})` : "Rules");
    $("rule-list").replaceChildren(...view.rules.map(listed));
    $("in-force").hidden = view.rules.length === 0;
    $("in-force").replaceChildren(el("span", { class: "note" }, "Rules in force"), ...view.rules.map(chip));
  }

  function listed(rule) {
    const title = plain(matchText(rule));
    const warnings = (rule.warnings ?? []).map((warning) => el("span", { class: "warning" }, visible(warning)));
    const policy = isPolicy(rule);
    return el(
      "li",
      { data: { rule: rule.id } },
      el("span", { class: "rule-words" }, words(rule), warnings),
      button("Edit", () => edit(rule), { "aria-label": `Edit the rule of ${title}` }),
      policy && button("Policy", () => editPolicy(), { "aria-label": "Edit the policy that this rule gives" }),
      button("Remove", () => remove(rule), { "aria-label": `Remove the rule of ${title}` }),
    );
  }

  async function remove(rule) {
    await attempt($("rule-error"), () => server.removeRule(rule.id));
    form.forget(rule.id);
    if (document.activeElement === document.body) $("rules-title").focus();
  }

  function chip(rule) {
    return button(words(rule), () => open(rule), { class: "chip", title: "Edit this rule" });
  }

  return {
    show,
    open,
    get edition() { return rules.edition; },
    // of is the rule that was applied to a hook or else the one that would be.
    of: (hook) => rules.rules.find((rule) => (hook.rule ? names(hook, rule) : fits(rule, hook))),
    // ofConnect is the rule for all connects, which can have a policy.
    ofConnect: () => rules.rules.find((rule) => rule.method === "connect" && !rule.session && !rule.name),
    save,
  };
}

const names = (hook, rule) => (hook.ruleId ? rule.id === hook.ruleId : rule.label === hook.rule);

const fits = (rule, hook) => rule.method === hook.method && like(rule.session, hook.session) && like(rule.name, hook.name ?? "");

// like reports whether a text matches a pattern, in which * stands for any text. The
// empty pattern matches all.
function like(pattern, text) {
  if (!pattern) return true;
  const parts = pattern.split("*").map((part) => part.replace(/[.*+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${parts.join("[^]*")}$`).test(text);
}

const isPolicy = (rule) => rule.method === "connect" && (rule.overwrite ?? []).some(([path]) => path === "restClientConfig");

const matchText = ({ method, session, name }) =>
  [method || "*", session && `session ${session}`, name && `name ${name}`].filter(Boolean).join(", ");

// words describes in short what a rule matches and does.
function words(rule) {
  return [el("code", {}, visible(matchText(rule))), ": ", ...visible(deed(rule))];
}

function deed(rule) {
  const parts = [];
  if (rule.delay) parts.push(`after ${rule.delay}`);
  if (rule.deny !== undefined) parts.push(`deny “${rule.deny}”`);
  else if (rule.status) parts.push(`answer ${rule.status}${rule.body ? ` ${cut(rule.body)}` : ""}`);
  else if (rule.break) parts.push("drop the connection");
  if (rule.overwrite?.length) parts.push(`overwrite ${rule.overwrite.map(([path, value]) => `${path} = ${cut(value)}`).join(", ")}`);
  return parts.join(", ") || "answer as without a rule";
}

const cut = (text) => (text.length > 60 ? `${text.slice(0, 60)}…` : text);
