// ------------------------------------------------------------------ the details of the selection

const known = JSON.parse(find("#details").textContent);
const aside = find(".details");
const text = (number) => known.texts[number];

/** Shows what is known of `op:1`, `tensor:2` or `module:3`; whether anything is. */
function showDetails(key, open) {
  const row = known.rows[key];
  if (!aside) {
    return false;
  }
  aside.replaceChildren(closeButton());
  const inside = open === undefined ? null : openButton(open);
  if (row) {
    fill(row, inside);
  } else {
    aside.append(inside ?? made("p", "said", said("unknown")));
  }
  aside.hidden = false;
  aside.scrollTop = 0;
  if (matchMedia("(max-width: 900px)").matches) {
    aside.scrollIntoView({ block: "nearest", behavior: motion() });
  }
  return Boolean(row);
}

function hideDetails() {
  if (aside) {
    aside.hidden = true;
    aside.replaceChildren();
  }
}

function fill(row, inside) {
  const [title, expression, sign, tone, status, caption, story, steps, boxes] = row;
  aside.append(
    made("h3", "", text(title)),
    made("p", `chip f-${text(tone)} t-${text(tone)}`, glyph(text(sign), text(tone)), text(status)),
  );
  if (inside) {
    aside.append(inside);
  }
  if (text(expression)) {
    aside.append(made("code", "expression", text(expression)));
  }
  if (text(story)) {
    aside.append(made("p", "", ...withCode(text(story))));
  }
  if (steps.length) {
    aside.append(made("h4", "", text(caption)), made("ol", "steps", ...steps.map((step) => question(step, text(tone)))));
  }
  for (const [name, facts] of boxes) {
    if (text(name)) {
      aside.append(made("h4", "", text(name)));
    }
    aside.append(made("dl", "facts", ...facts.map(fact)));
  }
}

function question([asked, found, answer, state], tone) {
  const step = made("li", `step-${text(state).replace(" ", "-")}`);
  if (text(state) === "decided") {
    step.classList.add(`f-${tone}`);
  }
  step.append(made("span", "asked", text(asked)), made("span", "answer", text(answer)), made("span", "found", text(found)));
  return step;
}

function fact([label, value, detail, tip, link, tone, mono, cells, counts, ends]) {
  const entry = made("div", mono ? "mono" : "");
  entry.title = text(tip);
  const name = made("dt", "", reaches(text(link)) ? linkTo(text(link), text(label)) : text(label));
  const shown = made("dd", text(tone) ? `t-${text(tone)}` : "", text(value));
  entry.append(name, shown);
  if (text(detail)) {
    entry.append(made("dd", "more", text(detail)));
  }
  if (cells) {
    entry.append(made("dd", "picture", ...(cells.length ? [heatMap(cells)] : []), histogram(counts, ends)));
  }
  return entry;
}

function heatMap(rows) {
  const map = made("span", "cells");
  map.style.gridTemplateColumns = `repeat(${rows[0].length}, 1fr)`;
  for (const share of rows.flat()) {
    const cell = made("i", share === null ? "bad" : share < 0 ? "negative" : "positive");
    cell.style.setProperty("--share", `${Math.round(100 * (share ? 0.15 + 0.85 * Math.abs(share) : 0))}%`);
    map.append(cell);
  }
  return map;
}

function histogram(counts, [low, high]) {
  const most = Math.max(...counts, 1);
  const bars = made("span", "bars");
  for (const count of counts) {
    const bar = made("i", "");
    bar.style.height = `${count ? Math.max(6, (100 * count) / most) : 0}%`;
    bars.append(bar);
  }
  return made("span", "histogram", bars, made("small", "", low), made("small", "", high));
}

const reaches = (link) => link in known.rows || link.startsWith("line:");

function linkTo(link, label) {
  const button = made("button", "link", label);
  button.type = "button";
  button.addEventListener("click", () => follow(link));
  return button;
}

function openButton(number) {
  if (number < 0) {
    return made("p", "said", said("left_out"));
  }
  const button = made("button", "", glyph("chevron_right", "plain"), said("inside"));
  button.type = "button";
  button.addEventListener("click", () => visit(number));
  return button;
}

function closeButton() {
  const button = made("button", "close", glyph("close", "plain"));
  button.type = "button";
  button.setAttribute("aria-label", said("close"));
  button.addEventListener("click", () => {
    select(null);
    canvas.focus();
  });
  return button;
}
