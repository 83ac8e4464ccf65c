// ------------------------------------------------------------------------------------- all together

document.documentElement.classList.add("script");
startTheme();
if (canvas) {
  startCanvas();
  startGraph();
  startSearch();
}
startTable();
startSteppers();

for (const row of codeLines) {
  const line = lines(row)[0];
  row.addEventListener("click", () => {
    if (!String(getSelection())) {
      chooseLine(line);
    }
  });
}

function chooseLine(line) {
  if (canvas) {
    selectLine(line);
  } else {
    keep([line]);
  }
}

for (const part of all(".sentences [data-lines], .error[data-lines]")) {
  part.addEventListener("click", () => {
    chooseLine(lines(part)[0]);
    showLine(lines(part)[0]);
  });
}

document.addEventListener("keydown", (event) => {
  if (event.target.closest("input")) {
    return;
  }
  if (event.key === "Escape" || (event.key === "Backspace" && event.target.closest(".stage"))) {
    event.preventDefault();
    if (canvas) {
      goBack();
    } else {
      keep([]);
    }
  }
});

/** The lines that something is said of: one stop for Tab, arrows go from one to the next. */
function startLines() {
  const marked = codeLines.filter((row) => find(".note", row));
  marked.forEach((row, place) => {
    row.tabIndex = place ? -1 : 0;
    row.addEventListener("keydown", (event) => {
      const next = marked[place + ({ ArrowDown: 1, ArrowUp: -1 }[event.key] ?? 0)];
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        chooseLine(lines(row)[0]);
      } else if (next && next !== row) {
        event.preventDefault();
        row.tabIndex = -1;
        next.tabIndex = 0;
        next.focus();
      }
    });
  });
}

startLines();
