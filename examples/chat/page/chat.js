// The page: one or two users, each with a session of its own. What others said
// goes into the document as text, never as markup.

import { openSession, newOperationId } from "./wire.js";

const URL_OF_SOCKET = new URL("ws", location.href.replace(/^http/, "ws")).href;
const LOG_LIMIT = 300; // messages, and frames, that are kept

const known = { alice: "wonderland", bob: "builder" }; // so that trying it out is one click
const two = new URLSearchParams(location.search).has("two");

for (const login of two ? Object.keys(known) : ["alice"]) {
  document.querySelector("main").append(newUser(login));
}
document.body.classList.toggle("two", two);
document.querySelector(`nav a[href="${two ? "?two" : "?"}"]`).setAttribute("aria-current", "page");

function newUser(login) {
  const user = document.querySelector("template").content.firstElementChild.cloneNode(true);
  const find = (selector) => user.querySelector(selector);
  const enter = find(".enter");
  const say = find(".say");
  const log = follow(find(".log"));
  const frames = follow(find(".wire ol"));
  const sent = new Map(); // operation id -> its line, which stands in the log already
  let session;

  enter.login.value = login;
  enter.token.value = known[login];
  name();
  enter.login.oninput = name;

  function name() {
    const login = enter.login.value || "nobody";
    find("h2").textContent = login;
    dress(find(".face"), login);
    user.setAttribute("aria-label", `User ${login}`);
  }

  function decline(why) {
    find(".declined").textContent ||= why;
  }

  function state(now, text) {
    user.dataset.state = now;
    find(".state").textContent = text;
  }

  enter.onsubmit = (event) => {
    event.preventDefault();
    if (session) return; // on its way already
    find(".declined").textContent = "";
    state("entering", "connecting");
    const custom = { login: enter.login.value, token: enter.token.value };
    session = openSession(URL_OF_SOCKET, custom, {
      established() {
        state("in", "connected");
        say.body.focus({ preventScroll: true });
      },
      declined: (info) => decline(`Declined: ${info}.`),
      data: hear,
      closed() {
        const was = user.dataset.state;
        const had = user.contains(document.activeElement); // the focus, which must not be lost
        if (was === "in") note("disconnected");
        if (was === "entering") decline("The media server can't be reached.");
        state("out", "not connected");
        if (had) enter.token.focus({ preventScroll: true });
        session = undefined;
      },
      frame,
    });
  };

  find(".leave").onclick = () => session?.close();

  say.onsubmit = (event) => {
    event.preventDefault();
    const body = say.body.value.trim();
    if (!session || body === "") return;
    say.reset();
    speak(body);
  };

  function speak(body) {
    const line = message("own", enter.login.value, body);
    const mark = line.appendChild(element("p", "mark", "sending"));
    const operationId = newOperationId();
    sent.set(operationId, line);
    session.sendData(operationId, { body }, ({ status, info }) => {
      line.dataset.status = status;
      mark.textContent = info ? `${status}: ${info}` : status;
      sent.delete(operationId);
    });
    append(log, line);
  }

  function hear({ from, body }, operationId) {
    const own = from === find("h2").textContent && sent.get(operationId);
    const line = own || message("other", String(from), String(body));
    if (line !== log.lastElementChild) append(log, line); // one's own too: it stands where it stands for all
  }

  function note(text) {
    append(log, element("li", "note", text));
  }

  function frame(out, name, object) {
    if (name === "ping" || name === "pong") return; // one every five seconds
    const line = element("li", out ? "out" : "in", "");
    line.append(element("b", "", `${out ? "→" : "←"} ${name} `), element("code", "", print(object)));
    append(frames, line);
  }

  return user;
}

function message(kind, from, body) {
  const line = element("li", kind, "");
  const face = dress(element("span", "face", ""), from);
  face.ariaHidden = "true";
  line.append(face, element("p", "from", from), element("p", "body", body));
  return line;
}

/** A face is the first letter of a name, on a colour of its own. */
function dress(face, name) {
  const hue = Array.from(name).reduce((sum, c) => (sum * 31 + c.codePointAt(0)) % 360, 47);
  face.textContent = (Array.from(name)[0] ?? "?").toUpperCase();
  face.style.setProperty("--hue", hue);
  return face;
}

function element(tag, className, text) {
  const made = document.createElement(tag);
  made.className = className;
  made.textContent = text;
  return made;
}

/** Keeps the end of a list in sight, unless the reader has scrolled up. */
function follow(list) {
  let ends = true;
  list.onscroll = () => (ends = list.scrollHeight - list.scrollTop - list.clientHeight < 40);
  list.toEnd = () => ends && (list.scrollTop = list.scrollHeight);
  new ResizeObserver(list.toEnd).observe(list); // a phone's keyboard comes up, say
  return list;
}

function append(list, line) {
  list.append(line);
  while (list.children.length > LOG_LIMIT) list.firstElementChild.remove();
  list.toEnd();
}

/** An object as text, without the token that is nobody's business. */
function print(object) {
  return JSON.stringify(object, (key, value) => (key === "token" ? "•••" : value));
}
