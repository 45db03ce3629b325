// What results and choices mean, in sentences.

// blameText says where to look for a fault.
export function blameText(blame) {
  return {
    backend: "The fault is in the backend: look at its log.",
    rule: "A rule on this page answered.",
    server: "The fault is in the media server: look at its configuration.",
    client: "The fault is in what the client sent.",
  }[blame] ?? "";
}

// consequence says what the media server does after an answer.
export function consequence(hook, kind) {
  if (!["denied", "failed", "dropped"].includes(hook.result)) return "";
  switch (kind) {
    case "connect": return "The media server declines the connection.";
    case "direct": return "The media server refuses it if restOnError is FAIL; if it is LOG, the default, it logs this and goes on.";
    case "incoming": return "The media server answers the caller 403 if restOnError is FAIL; if it is LOG, the default, it logs this and goes on.";
    case "event": return "It has happened already: if restOnError is FAIL, the client is warned; if it is LOG, the default, the media server only logs this.";
    default: return "The media server goes on unless restOnError is FAIL.";
  }
}

// signatureText says whether the Webhook-Signature fits.
export function signatureText(hook) {
  const text = { fits: "fits", wrong: "wrong", none: "not signed", unknown: "not checked" }[hook.signature] ?? "";
  return hook.signatureNote ? `${text}: ${hook.signatureNote}` : text;
}

// Choices of a policy, and what each does to a method of a kind.

export const policyChoices = {
  NOTIFY: "The backend is asked; the values in its answer are ignored.",
  OVERWRITE: "The backend is asked; the named fields of its answer are used.",
  DISABLE: "The backend is not asked; what the client sent is used unchanged.",
};

export function errorChoice(choice, kind) {
  if (choice !== "FAIL") return "A denial or a fault is only logged: the media server goes on.";
  switch (kind) {
    case "direct": return "A denial or a fault refuses what the client asked for.";
    case "incoming": return "A denial or a fault refuses it; the caller gets 403.";
    default: return "It has happened already; the client is warned of a denial or a fault.";
  }
}
