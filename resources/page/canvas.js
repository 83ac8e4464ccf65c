// ----------------------------------------------- the graph's room: how large, and which part

const canvas = find(".canvas");
const LEAST = 0.1;
const MOST = 4;
const READABLE = 0.6;
let graph = find(".graph");
let scale = 1;

const natural = () => graph.viewBox.baseVal;

/** `at` is the point of the screen that is to stay where it is; without it, the middle. */
function zoomTo(wanted, at) {
  const room = canvas.getBoundingClientRect();
  const point = at ?? { x: room.left + room.width / 2, y: room.top + room.height / 2 };
  const before = graph.getBoundingClientRect();
  const share = { x: (point.x - before.left) / before.width, y: (point.y - before.top) / before.height };
  scale = Math.min(MOST, Math.max(LEAST, wanted));
  graph.style.width = `${natural().width * scale}px`;
  graph.style.height = `${natural().height * scale}px`;
  const after = graph.getBoundingClientRect();
  canvas.scrollLeft += after.left + share.x * after.width - point.x;
  canvas.scrollTop += after.top + share.y * after.height - point.y;
  const label = find("#zoom");
  label.textContent = `${Math.round(100 * scale)} %`;
}

const fitting = () =>
  Math.min(1, canvas.clientWidth / natural().width, canvas.clientHeight / natural().height);

/** As large as the room allows, but so that it can be read; then what ran first is in the middle. */
function fitReadable() {
  const width = Math.min(1, canvas.clientWidth / natural().width);
  const whole = fitting();
  zoomTo(whole >= READABLE ? whole : Math.max(width, READABLE));
  const begins = (find(".node[data-operation]", graph) ?? graph).getBoundingClientRect();
  canvas.scrollTop = 0;
  canvas.scrollLeft += begins.left + begins.width / 2 - canvas.getBoundingClientRect().left - canvas.clientWidth / 2;
}

function bringIntoView(node) {
  const [room, place] = [canvas.getBoundingClientRect(), node.getBoundingClientRect()];
  const outside =
    place.left < room.left || place.right > room.right || place.top < room.top || place.bottom > room.bottom;
  if (outside) {
    canvas.scrollBy({
      left: place.left + place.width / 2 - room.left - room.width / 2,
      top: place.top + place.height / 2 - room.top - room.height / 2,
      behavior: motion(),
    });
  }
}

const ZOOMS = {
  in: () => zoomTo(scale * 1.25),
  out: () => zoomTo(scale / 1.25),
  fit: () => zoomTo(fitting()),
};

/** Two fingers zoom, a mouse drags; one finger and the wheel scroll as everywhere. */
function listenToPointers() {
  const down = new Map();
  let dragged = false;
  let apart = 0;
  const distance = () => {
    const [a, b] = [...down.values()];
    return Math.hypot(a.clientX - b.clientX, a.clientY - b.clientY);
  };
  canvas.addEventListener("pointerdown", (event) => {
    if (event.pointerType === "mouse" && event.button !== 0) {
      return;
    }
    down.set(event.pointerId, event);
    dragged = false;
    apart = down.size === 2 ? distance() : 0;
  });
  canvas.addEventListener("pointermove", (event) => {
    const before = down.get(event.pointerId);
    if (!before) {
      return;
    }
    if (down.size === 2) {
      down.set(event.pointerId, event);
      const [a, b] = [...down.values()];
      zoomTo((scale * distance()) / apart, { x: (a.clientX + b.clientX) / 2, y: (a.clientY + b.clientY) / 2 });
      apart = distance();
    } else if (event.pointerType === "mouse") {
      const [x, y] = [event.clientX - before.clientX, event.clientY - before.clientY];
      if (!dragged && Math.hypot(x, y) < 4) {
        return;
      }
      dragged = true;
      canvas.setPointerCapture(event.pointerId);
      canvas.classList.add("dragging");
      canvas.scrollBy(-x, -y);
      down.set(event.pointerId, event);
    }
  });
  for (const end of ["pointerup", "pointercancel", "pointerleave"]) {
    canvas.addEventListener(end, (event) => {
      down.delete(event.pointerId);
      canvas.classList.remove("dragging");
    });
  }
  canvas.addEventListener("click", (event) => dragged && event.stopPropagation(), true);
  canvas.addEventListener(
    "wheel",
    (event) => {
      if (event.ctrlKey || event.metaKey) {
        event.preventDefault();
        zoomTo(scale * Math.exp(-event.deltaY / 300), { x: event.clientX, y: event.clientY });
      }
    },
    { passive: false },
  );
}

function startCanvas() {
  listenToPointers();
  for (const button of all("[data-zoom]")) {
    button.addEventListener("click", ZOOMS[button.dataset.zoom]);
  }
  canvas.addEventListener("keydown", (event) => {
    const zoom = { "+": "in", "=": "in", "-": "out", 0: "fit" }[event.key];
    if (zoom && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      ZOOMS[zoom]();
    }
  });
  fitReadable();
}
