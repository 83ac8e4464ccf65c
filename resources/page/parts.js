// ---------------------------------------------------------------------------- making and finding

const SVG = "http://www.w3.org/2000/svg";
const find = (selector, within = document) => within.querySelector(selector);
const all = (selector, within = document) => [...within.querySelectorAll(selector)];
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const motion = () => (calm.matches ? "auto" : "smooth");

/** An element with its content; texts stay texts, whatever they hold. */
function made(tag, looks, ...content) {
  const element = document.createElement(tag);
  if (looks) {
    element.className = looks;
  }
  element.append(...content.filter((part) => part !== null && part !== ""));
  return element;
}

function glyph(name, tone) {
  const drawn = document.createElementNS(SVG, "svg");
  drawn.setAttribute("class", `icon glyph t-${tone}`);
  drawn.setAttribute("aria-hidden", "true");
  const use = document.createElementNS(SVG, "use");
  use.setAttribute("href", `#g-${name}`);
  drawn.append(use);
  return drawn;
}

/** Pieces between backquotes as code. */
function withCode(text) {
  return text
    .split("`")
    .map((piece, place) => (place % 2 ? made("code", "", piece) : piece));
}

/** Names of the page's own texts, in the language of whoever made it. */
const words = JSON.parse(find("#words").textContent);
const said = (name, values = {}) =>
  words[name].replace(/\{(\w+)\}/g, (_, key) => String(values[key]));

// ---------------------------------------------------- what is on one line belongs together

const lines = (part) => (part?.dataset.lines ?? "").split(" ").filter(Boolean);
const codeLines = all(".code > li");
let keptLines = [];

/** Light up what is on these lines; a node that is pointed at lights its lines alone. */
function light(wanted, fromNode) {
  const lit = new Set(wanted);
  for (const part of all("[data-lines]")) {
    const isNode = part.closest(".graph") !== null;
    const on = !(fromNode && isNode) && lines(part).some((line) => lit.has(line));
    part.classList.toggle("lit", on);
  }
}

function keep(wanted) {
  keptLines = wanted;
  light(wanted, false);
}

function showLine(line) {
  const row = codeLines[Number(line) - 1];
  const box = row?.getBoundingClientRect();
  if (box && (box.top < 0 || box.bottom > innerHeight)) {
    row.scrollIntoView({ block: "center", behavior: motion() });
  }
}

for (const [event, leaves] of [["pointerover", false], ["focusin", false], ["pointerout", true], ["focusout", true]]) {
  document.addEventListener(event, ({ target }) => {
    const part = target.closest?.("[data-lines]");
    if (!part) {
      return;
    }
    const fromNode = part.closest(".graph") !== null;
    light(leaves ? keptLines : [...keptLines, ...lines(part)], !leaves && fromNode && !keptLines.length);
    if (!leaves && fromNode) {
      part.classList.add("lit");
    }
  });
}
