// ------------------------------------------------------------------------------------ the search

const SHOWN = 12;

function startSearch() {
  const field = find("#search");
  const list = find("#hits");
  let hits = [];
  let place = -1;

  function look() {
    const wanted = field.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    const seen = new Set();
    hits = [];
    for (const node of wanted.length ? nodes() : []) {
      const name = node.text.toLowerCase();
      if (!seen.has(node.key) && wanted.every((word) => name.includes(word))) {
        seen.add(node.key);
        hits.push(node);
      }
    }
    mark(new Set(hits.map((hit) => hit.key)));
    place = -1;
    list.replaceChildren(...hits.slice(0, SHOWN).map(row));
    if (hits.length > SHOWN) {
      list.append(made("li", "said", said("more", { count: hits.length - SHOWN })));
    } else if (wanted.length && !hits.length) {
      list.append(made("li", "said", said("nothing", { text: field.value.trim() })));
    }
    open(wanted.length > 0);
  }

  function row(hit, number) {
    const entry = made("li", "", hit.text);
    entry.id = `hit-${number}`;
    entry.setAttribute("role", "option");
    entry.addEventListener("click", () => choose(number));
    return entry;
  }

  function open(isOpen) {
    list.hidden = !isOpen;
    field.setAttribute("aria-expanded", String(isOpen));
  }

  function mark(keys) {
    for (const node of all(".node", graph)) {
      node.classList.toggle("hit", keys.has(node.dataset.key));
    }
  }

  function move(by) {
    const count = Math.min(hits.length, SHOWN);
    place = count ? (place + by + count) % count : -1;
    all("[role=option]", list).forEach((entry, number) => {
      entry.setAttribute("aria-selected", String(number === place));
    });
    field.setAttribute("aria-activedescendant", place < 0 ? "" : `hit-${place}`);
  }

  function choose(number) {
    const hit = hits[number];
    if (hit) {
      open(false);
      const node = reveal((one) => one.key === hit.key);
      mark(new Set(hits.map((one) => one.key)));
      select(node);
    }
  }

  field.addEventListener("input", look);
  field.addEventListener("focus", () => field.value && open(true));
  field.addEventListener("keydown", (event) => {
    const work = {
      ArrowDown: () => move(1),
      ArrowUp: () => move(-1),
      Enter: () => choose(Math.max(place, 0)),
      Escape: () => {
        field.value = "";
        look();
        canvas.focus();
      },
    }[event.key];
    if (work) {
      event.preventDefault();
      event.stopPropagation();
      work();
    }
  });
  document.addEventListener("pointerdown", ({ target }) => target.closest(".search") || open(false));
  document.addEventListener("keydown", (event) => {
    if (event.key === "/" && !event.target.closest("input")) {
      event.preventDefault();
      field.focus();
    }
  });
}
