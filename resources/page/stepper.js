// -------------------------------------------------------------------------- scenes to step through

/** Below this scale names cannot be read: then the picture shows what the scene is about. */
const LEAST_IN_STEPS = 0.6;
const steps = JSON.parse(find("#steps").textContent);

/** One picture that goes through the scenes of a program. */
class Stepper {
  constructor(figure) {
    this.figure = figure;
    this.numbers = figure.dataset.steps.split(" ").map(Number);
    this.place = Number(figure.dataset.place);
    this.canvas = find(".canvas", figure);
    this.svg = find("svg", this.canvas);
    this.lines = all(".code > li", this.listing());
    this.isOpen = false; // whether the answers of a covered scene are shown
    this.button = find(".turn", figure);
    this.button.addEventListener("click", () => this.turn());
    for (const button of all("[data-by]", figure)) {
      button.addEventListener("click", () => this.go(Number(button.dataset.by)));
    }
    figure.addEventListener("keydown", (event) => this.onKey(event));
    this.swipe();
    this.wide = null; // pixels of the canvas for which the picture is scaled
    new ResizeObserver(() => requestAnimationFrame(() => this.fit())).observe(this.canvas);
    this.show(false);
  }

  /** Scale the picture again where the canvas has another width, as one has that was hidden. */
  fit() {
    if (this.canvas.clientWidth !== this.wide) {
      this.show(false);
    }
  }

  /** The program that is on the page before this picture, if the page shows programs. */
  listing() {
    const before = all(`.listing, .stepper`).filter((one) => one.matches(".listing") &&
      one.compareDocumentPosition(this.figure) & Node.DOCUMENT_POSITION_FOLLOWING);
    return before.at(-1) ?? document.createElement("div");
  }

  go(by) {
    const place = Math.max(0, Math.min(this.numbers.length - 1, this.place + by));
    if (place !== this.place) {
      this.place = place;
      this.isOpen = false;
      this.show(true);
    }
  }

  /** Show the answers of a scene that is covered, or cover them again. */
  turn() {
    this.isOpen = !this.isOpen;
    this.draw();
  }

  onKey(event) {
    if (event.key === " " && event.target === this.figure && !this.button.hidden) {
      event.preventDefault();
      this.turn();
    }
    const by = { ArrowRight: 1, ArrowLeft: -1, PageDown: 1, PageUp: -1 }[event.key];
    if (by && !event.ctrlKey && !event.altKey && !event.metaKey) {
      event.preventDefault();
      this.go(by);
    }
  }

  swipe() {
    let start = null;
    this.canvas.addEventListener("touchstart", ({ touches }) => {
      start = touches.length === 1 ? [touches[0].clientX, touches[0].clientY] : null;
    }, { passive: true });
    this.canvas.addEventListener("touchend", ({ changedTouches: [end] }) => {
      const [dx, dy] = start ? [end.clientX - start[0], end.clientY - start[1]] : [0, 0];
      if (Math.abs(dx) > 40 && Math.abs(dx) > 2 * Math.abs(dy)) {
        this.go(dx < 0 ? 1 : -1);
      }
      start = null;
    });
  }

  show(moves) {
    const step = steps[this.numbers[this.place]];
    const [x, y, wide, high] = step.box;
    this.wide = this.canvas.clientWidth;
    this.svg.setAttribute("viewBox", `${x} ${y} ${wide} ${high}`);
    const fitting = Math.min(1, this.canvas.clientWidth / wide, (0.7 * innerHeight) / high);
    const scale = Math.min(this.canvas.clientWidth / wide, Math.max(fitting, LEAST_IN_STEPS));
    this.svg.setAttribute("width", wide * scale);
    this.svg.setAttribute("height", high * scale);
    this.svg.setAttribute("aria-label", step.name);
    this.draw();
    this.scrollTo(step, moves);
    const count = this.numbers.length;
    find(".place", this.figure).textContent = said("place", { place: this.place + 1, count, name: step.name });
    all(".dot", this.figure).forEach((dot, place) => dot.classList.toggle("now", place === this.place));
    find('[data-by="-1"]', this.figure).disabled = this.place === 0;
    find('[data-by="1"]', this.figure).disabled = this.place === count - 1;
    const { place, text } = this.figure.dataset; // text of the lecture follows its own scene
    const hasText = text === "" && this.place === Number(place);
    const words = [step.missing, hasText ? "" : step.sentence, step.question].filter(Boolean).join(" ");
    find(".sentence", this.figure).replaceChildren(...withCode(words));
    if (find(".read")) {
      keep(moves && step.line ? [String(step.line)] : keptLines); // the page of a run
    } else if (moves || !this.lines.some((line) => line.classList.contains("lit"))) {
      this.lines.forEach((line, place) => line.classList.toggle("lit", place + 1 === step.line));
    }
  }

  draw() {
    const { parts, answers } = steps[this.numbers[this.place]];
    this.svg.replaceChildren(...(this.isOpen ? answers : parts).map((part) => {
      const use = document.createElementNS(SVG, "use");
      use.setAttribute("href", `#part-${part}`);
      return use;
    }));
    this.button.hidden = !answers.length;
    find("span", this.button).textContent = said(this.isOpen ? "cover" : "turn");
  }

  /** Bring what a scene is about into the middle. */
  scrollTo({ box: [left, top, wide, high], focus }, moves) {
    const scale = this.svg.getBoundingClientRect().width / wide;
    const [x, y] = focus
      ? [focus[0] + focus[2] / 2 - left, focus[1] + focus[3] / 2 - top]
      : [wide / 2, high / 2];
    this.canvas.scrollTo({
      left: x * scale - this.canvas.clientWidth / 2,
      top: y * scale - this.canvas.clientHeight / 2,
      behavior: moves ? motion() : "auto",
    });
  }
}

function startSteppers() {
  const steppers = all(".stepper").map((figure) => new Stepper(figure));

  /** Keys that nothing else takes step the picture in the middle of the window. */
  document.addEventListener("keydown", (event) => {
    const distance = ({ figure }) => {
      const { top, bottom } = figure.getBoundingClientRect();
      return Math.abs((top + bottom) / 2 - innerHeight / 2);
    };
    if (event.target === document.body && steppers.length && event.key.startsWith("Arrow")) {
      steppers.reduce((one, other) => (distance(other) < distance(one) ? other : one)).onKey(event);
    }
  });
}
