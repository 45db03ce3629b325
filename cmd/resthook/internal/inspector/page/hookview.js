// One hook in full.

import { makeAgain } from "./again.js";
import { bodyText, changeTable, headerList } from "./bodies.js";
import { button, el, setText } from "./dom.js";
import { about, answerText, count, fullTime, sessionText, since, span } from "./format.js";
import { elapsed } from "./state.js";
import { blameText, consequence, signatureText } from "./words.js";
import { visible } from "./visible.js";

// makeView makes the parts of a hook's panel.
export function makeView({ beside, go, kindOf, ruleOf, openRule, makeRule, editPolicy, filterSession, base }) {
  let live = null; // the time of a hook that is in flight

  // parts are the parts for a hook. state is "all" if the details are here, "row" if
  // there is only the row, and "loading" until the details come.
  function parts(hook, known) {
    live = null;
    const rest = known === "all" ? bodies(hook) : [el("p", { class: "note" }, known === "loading" ? "Loading" : missing(hook))];
    return [verdict(hook), steps(hook), facts(hook), ...rest].filter(Boolean);
  }

  const missing = (hook) =>
    hook.result === "pending"
      ? "What it carries is shown when it has ended."
      : "The server that had this hook was restarted: what the hook carried is gone. Download keeps a run.";

  function verdict(hook) {
    const fault = hook.faultText || hook.fault;
    return el(
      "section",
      { class: `verdict ${hook.result}` },
      el("p", {}, el("span", { class: `badge ${hook.result}` }, answerText(hook)), " ", fault ? visible(sentence(fault)) : okText(hook)),
      hook.blame && el("p", { class: "note" }, blameText(hook.blame)),
      el("p", { class: "note" }, consequence(hook, kindOf(hook.method))),
    );
  }

  const sentence = (text) => text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");

  function okText(hook) {
    if (hook.result === "pending") return "The hook has come and is not answered yet.";
    if (hook.result === "changed") return `Allowed; ${count(hook.changed?.length ?? 0, "field")} changed by the answer.`;
    return hook.result === "ok" ? "Allowed; the answer changes nothing." : "";
  }

  function steps(hook) {
    const step = (text, by) => {
      const other = beside(hook, by);
      return button(text, () => go(other), { disabled: !other });
    };
    const rule = ruleOf(hook);
    const connect = hook.method === "connect" && !hook.lost;
    const isHook = hook.result !== "wrong"; // rules are for hooks only
    return el(
      "p",
      { class: "actions" },
      step("Previous", -1),
      step("Next", 1),
      isHook && button(rule ? "Edit its rule" : "Make a rule", () => (rule ? openRule(rule) : makeRule(hook))),
      connect && button("Policy", () => editPolicy(hook)),
    );
  }

  function facts(hook) {
    const list = el("dl", { class: "facts" });
    const add = (name, ...value) => {
      const given = value.flat().filter((part) => part !== "" && part !== undefined && part !== null && part !== false);
      if (given.length) list.append(el("div", {}, el("dt", {}, name), el("dd", {}, given)));
    };
    add("About", visible(about(hook)));
    add("Status", visible(hook.status ?? ""));
    add("Path", hook.path && [el("strong", {}, visible(`${hook.verb ?? "POST"} ${hook.path}`)), " is not where hooks go"]);
    add("Time", fullTime(hook.time));
    add(hook.result === "pending" ? "In flight for" : "Took", took(hook));
    add("Session", hook.session ? button(visible(hook.session), () => filterSession(hook.session), { class: "link", title: "Show this session alone" }) : sessionText(""));
    add("Since previous", hook.since === undefined ? "" : `${since(hook.since)} in this session`);
    add("Media session", visible(hook.mediaSession ?? ""));
    add("App key", visible(hook.appKey ?? ""));
    add("Attempt", hook.attempt ? (hook.attempts ? `${hook.attempt} of ${hook.attempts} so far` : String(hook.attempt)) : "");
    add("Run", hook.lost && "an earlier one: the server was restarted since");
    add("Rule", hook.rule ? ruleLink(hook) : "");
    add("Signature", signatureText(hook));
    add("From", hook.remote);
    return list;
  }

  function took(hook) {
    live = el("span", {}, span(hook.result === "pending" ? elapsed(hook) : hook.took));
    return live;
  }

  function ruleLink(hook) {
    const rule = ruleOf(hook);
    return rule ? button(visible(hook.rule), () => openRule(rule), { class: "link", title: "Show this rule" }) : [...visible(hook.rule), " (no longer in force)"];
  }

  function bodies(hook) {
    return [
      changed(hook),
      bodyText("Request", hook.request),
      hook.result !== "dropped" && bodyText("Answer", hook.answer),
      headerList("Request headers", hook.requestHeaders),
      headerList("Answer headers", hook.answerHeaders),
      hook.result !== "wrong" && !hook.lost && makeAgain(hook, base()),
    ];
  }

  function changed(hook) {
    if (!hook.changes?.length) return null;
    return el("section", {}, el("h3", {}, "Changed by the answer"), changeTable(hook.changes, "Request", "Answer"));
  }

  // refresh updates the elapsed time.
  function refresh(hook) {
    if (live && hook.result === "pending") setText(live, span(elapsed(hook)));
  }

  return { parts, refresh };
}
