// Shows untrusted text: control and invisible characters must not change how the page
// looks, and right-to-left text must not reorder the text around it.

import { el } from "./dom.js";

const hidden = "\\p{Cc}\\p{Cf}\\p{Zl}\\p{Zp}\\p{Cs}\\p{Co}";
const leftward = "\\u0590-\\u08FF\\uFB1D-\\uFDFF\\uFE70-\\uFEFC\\u{10800}-\\u{10FFF}\\u{1E800}-\\u{1EFFF}";

const isHidden = new RegExp(`^[${hidden}]$`, "u");
const isOdd = new RegExp(`[${hidden}${leftward}]`, "u");
const allHidden = new RegExp(`[${hidden}]`, "gu");
const pieces = new RegExp(`[${hidden}]|[${leftward}]+(?: +[${leftward}]+)*|[^${hidden}${leftward}]+`, "gu");
const mostNodes = 5000; // a text with more pieces becomes one string

// visible is a text as nodes: an invisible character is shown as its code point,
// right-to-left text is isolated. With lines, line feeds and tabs are kept.
export function visible(text, lines = false) {
  if (!isOdd.test(text)) return [text];
  const found = text.match(pieces) ?? [];
  return found.length > mostNodes ? [plain(text)] : found.map((piece) => node(piece, lines));
}

function node(piece, lines) {
  if (lines && (piece === "\n" || piece === "\t")) return piece;
  if (isHidden.test(piece)) return el("span", { class: "code-point" }, codePoint(piece));
  return isOdd.test(piece) ? el("bdi", {}, piece) : piece;
}

// plain is the same as a string, for a title or a label.
export function plain(text) {
  return text.replace(allHidden, (character) => (character === "\n" ? " " : `[${codePoint(character)}]`));
}

const codePoint = (character) => `U+${character.codePointAt(0).toString(16).toUpperCase().padStart(4, "0")}`;
