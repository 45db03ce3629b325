// Requests, answers, headers, and the fields that differ.

import { button, el } from "./dom.js";
import { copy } from "./copy.js";
import { count, number } from "./format.js";
import { visible } from "./visible.js";

const longest = 200_000; // characters of a body that are shown

// bodyText is a body with a button that copies all of it.
export function bodyText(title, body = "") {
  const bytes = count(new TextEncoder().encode(body).length, "byte");
  const head = el("h3", {}, title);
  if (body === "") return el("section", {}, head, el("p", { class: "note" }, "Empty"));
  const copying = button("Copy", () => copy(body, copying), { class: "quiet", "aria-label": `Copy the ${title.toLowerCase()}, ${bytes}` });
  const cut = body.length > longest && el("p", { class: "note" }, `The first ${number(longest)} characters of ${bytes}; Copy takes all.`);
  const text = el("pre", { tabIndex: 0, role: "region", "aria-label": title }, visible(body.slice(0, longest), true));
  return el("section", {}, el("div", { class: "section-head" }, head, copying), text, cut);
}

// headerList is all headers of a request or an answer.
export function headerList(title, headers) {
  if (!headers?.length) return null;
  const list = el("dl", { class: "facts headers" });
  for (const [name, value] of headers) list.append(el("div", {}, el("dt", {}, visible(name)), el("dd", {}, el("code", {}, visible(value)))));
  return el("details", {}, el("summary", {}, `${title} (${headers.length})`), list);
}

// changeTable shows fields that differ.
export function changeTable(changes, was, is) {
  const row = (change) => el("tr", {}, el("th", { scope: "row" }, visible(change.path || "all of it")), value(change.from), value(change.to));
  return el(
    "table",
    { class: "changes" },
    el("thead", {}, el("tr", {}, ["Field", was, is].map((name) => el("th", { scope: "col" }, name)))),
    el("tbody", {}, changes.map(row)),
  );
}

function value(text) {
  return text ? el("td", {}, el("code", {}, visible(text))) : el("td", { class: "note" }, "none");
}
