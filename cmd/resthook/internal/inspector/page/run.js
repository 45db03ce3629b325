// The head of the page: where hooks go, whether the server answers, and the buttons
// for the run.

import { copy } from "./copy.js";
import { $, button, el, setText } from "./dom.js";
import { notice } from "./notices.js";
import { server } from "./server.js";

// makeRun makes the head. changed is called when the user pauses or continues.
export function makeRun({ state, changed }) {
  let paused = null; // while paused, the hooks that had come before

  $("pause").addEventListener("click", () => {
    paused = paused ? null : { hooks: state.hooks, pending: state.pending };
    $("pause").setAttribute("aria-pressed", paused !== null);
    changed();
  });
  $("clear").addEventListener("click", async () => {
    try {
      await server.clear();
    } catch (error) {
      notice("clear", `The run was not cleared: ${error.message}.`, "error");
    }
  });
  const copying = button("Copy", () => copy(base(), copying), { class: "quiet", "aria-label": "Copy where hooks go" });
  $("where").append(copying);

  const base = () => location.origin + state.path.replace(/\/$/, "");

  // begin shows what does not change during a run.
  function begin() {
    const title = `resthook ${state.command}`;
    document.title = title;
    setText($("title"), title);
    setText($("base"), base());
    $("onward").hidden = !state.to;
    setText($("to"), state.to ?? "");
    setText($("sample"), `resthook send publishStream --sample --url ${base()}`);
    paused = null;
    $("pause").setAttribute("aria-pressed", "false");
    for (const id of ["rule-methods", "policy-methods"]) {
      const star = id === "rule-methods" ? ["*"] : [];
      $(id).replaceChildren(...[...star, ...state.methods.map(({ name }) => name)].map((value) => el("option", { value })));
    }
  }

  // there is the hooks to show, oldest first; while paused, those that came before.
  function there() {
    const fresh = paused ? state.hooks.length - 1 - state.hooks.lastIndexOf(paused.hooks.at(-1)) : 0;
    setText($("pause"), paused ? `Resume (${fresh} new)` : "Pause");
    const { hooks, pending } = paused ?? state;
    return pending.length ? [...hooks, ...pending] : hooks;
  }

  // connection shows whether the server answers.
  function connection(kind) {
    setText($("connection"), kind === "live" ? "Live" : "Reconnecting");
    $("connection").className = `connection ${kind}`;
  }

  return { base, begin, there, connection };
}
