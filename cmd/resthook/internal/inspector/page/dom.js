// What the page is made of. Text gets in as text alone: nothing here, and
// nothing in the other files, makes markup of a string.

export const $ = (id) => document.getElementById(id);

// el makes an element. Of the properties, class, data and aria-... are known
// by these names; the others are set as they are. Strings among the children
// become text.
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (name === "class") node.className = value;
    else if (name === "role" || name.startsWith("aria-")) node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children);
  return node;
}

// reconcile makes the children of a parent those that the keys say, in that
// order. Elements that stay are moved only if they must be: what has the focus
// keeps it.
export function reconcile(parent, elements, keys, make) {
  const wanted = new Set(keys);
  for (const [key, node] of elements) {
    if (!wanted.has(key)) {
      node.remove();
      elements.delete(key);
    }
  }
  let at = parent.firstChild;
  for (const key of keys) {
    let node = elements.get(key);
    if (!node) {
      node = make(key);
      elements.set(key, node);
    }
    if (node === at) at = at.nextSibling;
    else parent.insertBefore(node, at);
  }
}

// rove lets the arrow keys go through a group that Tab enters once. next says
// which element a key leads to.
export function rove(group, selector, next) {
  group.addEventListener("keydown", (event) => {
    const from = event.target.closest(selector);
    const to = from && next(event.key, from);
    if (!to) return;
    event.preventDefault();
    to.focus();
    to.scrollIntoView({ block: "nearest", inline: "nearest" });
  });
  group.addEventListener("focusin", (event) => {
    const now = event.target.closest(selector);
    if (now) enterAt(group, selector, now);
  });
}

// enterAt has Tab enter the group at an element.
export function enterAt(group, selector, element) {
  for (const other of group.querySelectorAll(`${selector}[tabindex="0"]`)) other.tabIndex = -1;
  if (element) element.tabIndex = 0;
}

// ask calls the server. Its error has the server's words.
export async function ask(path, options = {}) {
  const answer = await fetch(path, { ...options, cache: "no-store" }).catch(() => {
    throw new Error("The server does not answer.");
  });
  if (answer.status === 204) return null;
  const body = await answer.json().catch(() => ({ error: `status ${answer.status}` }));
  if (!answer.ok) throw new Error(body.error);
  return body;
}
