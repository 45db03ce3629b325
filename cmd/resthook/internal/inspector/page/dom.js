// What the page is made of. Text gets in as text alone: nothing here, and
// nothing in the other files, makes markup of a string.

export const $ = (id) => document.getElementById(id);

// el makes an element. Of the properties, class, data, role and aria-... are
// known by these names; the others are set as they are. Strings among the
// children become text; what is null, undefined or false is left out.
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

// input makes a text field in which nothing is corrected or completed.
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

// setText sets a text where it is another: what is read aloud is not read again.
export function setText(node, text) {
  if (node.textContent !== text) node.textContent = text;
}

// debounce calls f once it has not been asked to for some milliseconds.
export function debounce(ms, f) {
  let timer = 0;
  return (...args) => {
    clearTimeout(timer);
    timer = setTimeout(() => f(...args), ms);
  };
}
