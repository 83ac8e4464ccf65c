// --------------------------------------------------------------- light, dark, or as the system has it

const THEME = "tapescope-theme";

/** Where pages from disk may keep nothing, the choice holds as long as the page is open. */
function remembered(choice) {
  try {
    if (choice !== undefined) {
      localStorage.setItem(THEME, choice);
    }
    return localStorage.getItem(THEME) ?? "";
  } catch {
    return choice ?? "";
  }
}

function startTheme() {
  const buttons = all(".themes [data-theme]");
  if (!buttons.length) {
    return; // the page has one theme for every reader
  }
  function choose(choice) {
    document.documentElement.dataset.theme = choice;
    for (const button of buttons) {
      button.setAttribute("aria-pressed", String(button.dataset.theme === choice));
    }
  }
  for (const button of buttons) {
    button.addEventListener("click", () => {
      remembered(button.dataset.theme);
      choose(button.dataset.theme);
    });
  }
  choose(remembered());
}
