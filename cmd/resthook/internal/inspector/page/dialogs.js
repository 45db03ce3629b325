// The dialogs over the page: rules, policy, replay.

// openDialog opens a dialog over the page, if it is not open.
export function openDialog(dialog) {
  if (!dialog.open) dialog.showModal();
}

// makeDialogs makes the close buttons work.
export function makeDialogs() {
  for (const button of document.querySelectorAll("[data-close]")) {
    button.addEventListener("click", () => button.closest("dialog").close());
  }
}
