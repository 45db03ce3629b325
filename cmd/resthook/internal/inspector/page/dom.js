// Makes the elements of the page. Strings are inserted as text only: neither this
// file nor another one makes markup of a string.

export const $ = (id) => document.getElementById(id);

// el makes an element. The properties class, data, role and aria-... become
// attributes; the others are set on the element. Strings among the children become
// text; null, undefined and false are left out.
export function el(tag, properties = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined) continue;
    if (name === "class") node.className = value;
    else if (name === "data") Object.assign(node.dataset, value);
    else if (name === "role" || name.startsWith("aria-")) node.setAttribute(name, value);
    else node[name] = value;
  }
  node.append(...children.flat().filter(there));
  return node;
}

const there = (child) => child !== null && child !== undefined && child !== false && child !== "";

// button makes a button that does something.
export function button(text, press, properties = {}) {
  const node = el("button", { type: "button", ...properties }, text);
  node.addEventListener("click", press);
  return node;
}

// field makes a labelled input, select or textarea.
export function field(label, control, ...notes) {
  return el("label", {}, el("span", {}, label), control, ...notes);
}

// input makes a text field without correction and completion.
export function input(properties) {
  return el("input", { autocomplete: "off", spellcheck: false, ...properties });
}

// select makes a choice of values; an option may be [value, text].
export function select(options, properties = {}) {
  const made = options.map((option) => {
    const [value, text] = [option].flat();
    return el("option", { value }, text ?? value);
  });
  const node = el("select", {}, ...made);
  for (const [name, value] of Object.entries(properties)) node[name] = value;
  return node;
}

// setText sets a text if it has changed, so that a screen reader does not read the
// same text again.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// debounce calls f when there was no call for some milliseconds.
export function debounce(ms, f) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => f(...args), ms);
  };
}
