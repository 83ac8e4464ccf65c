// ------------------------------------------------------- which picture is shown, what is selected

const pictures = all("template.picture");
const first = graph;
const trail = find("#trail");
let current = 0;
let selected = null;

/** The nodes of every picture of the page, found once they are asked for. */
let everyNode = null;
function nodes() {
  everyNode ??= pictures.flatMap((template, picture) =>
    all(".node", picture ? template.content : first).map((node) => ({
      picture,
      key: node.dataset.key,
      operation: node.dataset.operation,
      tensor: node.dataset.tensor,
      lines: lines(node),
      group: node.dataset.open !== undefined && node.dataset.operation === undefined,
      text: find("title", node).textContent,
    })),
  );
  return everyNode;
}

/** Go to a picture so that the browser's Back comes back. */
function visit(number) {
  const wanted = number ? `#picture-${number}` : "";
  if (location.hash === wanted) {
    show(number);
  } else {
    location.hash = wanted || "#";
  }
}

function show(number) {
  if (!(number in pictures) || number === current) {
    return;
  }
  const came = current;
  const next = number ? document.importNode(pictures[number].content, true).firstElementChild : first;
  graph.replaceWith(next);
  graph = next;
  current = number;
  select(null);
  canvas.parentElement.style.setProperty("--high", `${natural().height}px`);
  fitReadable();
  showWay();
  oneTabStop(find(`[data-open="${came}"]`, graph) ?? find(".node", graph));
}

function showWay() {
  const steps = [];
  for (let number = current; number; number = Number(pictures[number].dataset.parent ?? 0)) {
    steps.unshift(number);
  }
  const list = find("ol", trail);
  list.replaceChildren(...[0, ...steps].map((number) => made("li", "", step(number))));
  trail.hidden = current === 0;
  const fold = find("#fold");
  fold?.setAttribute("aria-pressed", String(current === Number(fold.dataset.open)));
}

function step(number) {
  const title = pictures[number].dataset.title;
  if (number === current) {
    const here = made("span", "", title);
    here.setAttribute("aria-current", "location");
    return here;
  }
  const button = made("button", "link", title);
  button.type = "button";
  button.addEventListener("click", () => visit(number));
  return button;
}

function oneTabStop(node) {
  for (const other of all('.node[tabindex="0"]', graph)) {
    other.setAttribute("tabindex", "-1");
  }
  node?.setAttribute("tabindex", "0");
}

/** Mark a node and what belongs to it, or nothing. */
function select(node) {
  selected?.classList.remove("selected");
  selected = node;
  if (!node) {
    hideDetails();
    keep([]);
    return;
  }
  node.classList.add("selected");
  oneTabStop(node);
  keep(lines(node));
  const { operation, tensor, open } = node.dataset;
  const key = operation === undefined ? `tensor:${tensor}` : `op:${operation}`;
  showDetails(key, open === undefined ? undefined : Number(open));
  bringIntoView(node);
  showLine(lines(node)[0]);
}

function activate(node) {
  const { operation, open } = node.dataset;
  if (operation === undefined && open !== undefined && Number(open) >= 0) {
    visit(Number(open));
  } else {
    select(node);
  }
}

/** The node of something, in this picture or in the first that has one. */
function reveal(matches) {
  const found = nodes().filter(matches);
  const place = found.find((node) => node.picture === current) ?? found[0];
  if (!place) {
    return null;
  }
  if (place.picture !== current) {
    show(place.picture);
    history.pushState(null, "", place.picture ? `#picture-${place.picture}` : "#");
  }
  return find(`[data-key="${CSS.escape(place.key)}"]`, graph);
}

/** Where a fact or a row of a table leads. */
function follow(link) {
  const [kind, id] = link.split(":");
  if (kind === "line") {
    keep([id]);
    showLine(id);
    return;
  }
  const node = reveal((one) => (kind === "op" ? one.operation === id : kind === "tensor" && one.tensor === id));
  if (node) {
    select(node);
  } else {
    selected?.classList.remove("selected");
    showDetails(link);
  }
}

/** The nodes on a line of the snippet: single operations rather than groups that hold some. */
function selectLine(line) {
  const holds = (node) => node.lines.includes(line);
  const node = reveal((one) => holds(one) && !one.group && one.operation) ?? reveal(holds);
  if (node?.dataset.operation !== undefined) {
    select(node);
  } else if (node) {
    select(null);
    bringIntoView(node);
  }
  keep([line]);
}

const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** The next node in a direction: near, and rather straight ahead. */
function neighbour(node, [x, y]) {
  const middle = (one) => {
    const box = one.getBoundingClientRect();
    return [box.left + box.width / 2, box.top + box.height / 2];
  };
  const [left, top] = middle(node);
  let best = null;
  let least = Infinity;
  for (const other of all(".node", graph)) {
    const [dx, dy] = [middle(other)[0] - left, middle(other)[1] - top];
    const ahead = dx * x + dy * y;
    const cost = ahead + 2.5 * Math.abs(dx * y + dy * x);
    if (ahead > 1 && cost < least) {
      [best, least] = [other, cost];
    }
  }
  return best;
}

function onNodeKey(event, node) {
  const arrow = ARROWS[event.key];
  if (arrow) {
    const next = neighbour(node, arrow);
    if (next) {
      oneTabStop(next);
      next.focus({ preventScroll: true });
      bringIntoView(next);
    }
  } else if (event.key === "Enter" || event.key === " ") {
    activate(node);
    find('.node[tabindex="0"]', graph)?.focus({ preventScroll: true });
  } else {
    return false;
  }
  return true;
}

function goBack() {
  if (selected || !aside.hidden) {
    select(null);
  } else if (current) {
    visit(Number(pictures[current].dataset.parent ?? 0));
  }
}

function startGraph() {
  canvas.addEventListener("click", ({ target }) => {
    const node = target.closest(".node");
    const pill = target.closest("[data-tensor]");
    if (node && pill && pill !== node) {
      select(node);
      showDetails(`tensor:${pill.dataset.tensor}`);
    } else if (node) {
      activate(node);
    } else {
      select(null);
    }
  });
  canvas.addEventListener("dblclick", ({ target }) => {
    const open = Number(target.closest(".node")?.dataset.open ?? -1);
    if (open >= 0) {
      visit(open);
    }
  });
  canvas.addEventListener("keydown", (event) => {
    const node = event.target.closest(".node");
    if (node && onNodeKey(event, node)) {
      event.preventDefault();
    }
  });
  find("#fold")?.addEventListener("click", ({ currentTarget }) => {
    const overview = Number(currentTarget.dataset.open);
    visit(current === overview ? 0 : overview);
  });
  const arrive = () => show(Number(/^#picture-(\d+)$/.exec(location.hash)?.[1] ?? 0));
  addEventListener("hashchange", arrive);
  addEventListener("popstate", arrive);
  oneTabStop(find(".node", graph));
  arrive();
}
