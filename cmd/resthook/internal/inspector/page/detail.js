// The open hook: a panel beside the list or, on a narrow page, a dialog over it.

import { $, el } from "./dom.js";
import { makeView } from "./hookview.js";
import { server } from "./server.js";
import { visible } from "./visible.js";

const mostCached = 100; // details that are kept, also when the server restarts

// makeDetail makes the panel. closed is called when the user has closed it; the
// other functions are called by its buttons.
export function makeDetail({ closed, opener, ...actions }) {
  const dialog = $("detail");
  const wide = matchMedia("(min-width: 70rem)");
  const cache = new Map(); // details by id
  const view = makeView(actions);
  let current = null; // the hook that is shown
  let shown = ""; // and its state

  $("detail-close").addEventListener("click", leave);
  dialog.addEventListener("cancel", (event) => {
    event.preventDefault();
    leave();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape" && dialog.open && !document.querySelector("dialog:modal") && !event.target.matches("input, textarea, select")) leave();
  });
  // A browser may close the dialog by itself, as on Escape.
  dialog.addEventListener("close", () => {
    if (!current || dialog.open) return;
    current = null;
    closed();
  });
  // An open hook stays open when the width changes between panel and dialog.
  wide.addEventListener("change", () => current && place());

  // open shows a hook and moves the focus to it.
  function open(hook) {
    current = hook;
    shown = "";
    $("detail-title").replaceChildren(...visible(hook.method ?? "Hook"));
    place();
    dialog.scrollTop = 0;
    if (!dialog.contains(document.activeElement) || document.activeElement === dialog) $("detail-title").focus();
    fill();
  }

  // refresh shows the current state of the open hook.
  function refresh(hook) {
    current = hook;
    fill();
  }

  async function fill() {
    const hook = current;
    if (shown === stateOf(hook)) return view.refresh(hook);
    shown = stateOf(hook);
    const known = cache.get(hook.id);
    if (known) return draw(view.parts({ ...known, lost: hook.lost }, "all"));
    if (hook.result === "pending" || hook.lost) return draw(view.parts(hook, "row"));
    draw(hook.method === undefined ? [el("p", { class: "note" }, "Loading")] : view.parts(hook, "loading"));
    const [detail, error] = await load(hook);
    if (current?.id !== hook.id) return;
    draw(detail ? view.parts(detail, "all") : [el("p", { class: "error" }, error)]);
  }

  const stateOf = (hook) => `${hook.key} ${hook.result} ${hook.lost ?? ""}`;

  // draw replaces the parts. If a button exists again, it keeps the focus.
  function draw(parts) {
    const body = $("detail-body");
    const focused = body.contains(document.activeElement) ? document.activeElement.textContent : null;
    body.replaceChildren(...parts);
    if (focused === null) return;
    const again = [...body.querySelectorAll("button:enabled")].find((button) => button.textContent === focused);
    (again ?? $("detail-title")).focus();
  }

  async function load(hook) {
    try {
      const detail = { ...(await server.hook(hook.run, hook.number)), ...marks(hook) };
      $("detail-title").replaceChildren(...visible(detail.method));
      cache.set(hook.id, detail);
      if (cache.size > mostCached) cache.delete(cache.keys().next().value);
      return [detail];
    } catch (error) {
      return [null, `This hook cannot be shown: ${error.message}.`];
    }
  }

  const marks = ({ id, key, run, number }) => ({ id, key, run, number });

  // place shows the panel or the dialog, by the width. The focus stays where it is.
  function place() {
    const modal = dialog.matches(":modal");
    if (dialog.open && modal === !wide.matches) return;
    const focused = dialog.contains(document.activeElement) ? document.activeElement : null;
    if (dialog.open) dialog.close();
    if (wide.matches) dialog.show();
    else dialog.showModal();
    focused?.focus();
  }

  // leave closes the panel when the user closes it.
  function leave() {
    if (!dialog.open) return;
    close();
    closed();
  }

  // close closes the panel. The focus goes back to the hook's row unless another
  // element has it.
  function close() {
    if (!dialog.open) return;
    const had = dialog.contains(document.activeElement);
    const from = opener(current) ?? $("list");
    current = null;
    dialog.close();
    if (had || document.activeElement === document.body) from.focus({ preventScroll: true });
  }

  return { open, close, refresh, get hook() { return current; } };
}
