// What stands on one line of the snippet belongs together: point at a part and the others light up,
// click to keep them lit.
"use strict";
(() => {
  const parts = [...document.querySelectorAll("[data-lines]")];
  const lines = (part) => part.dataset.lines.split(" ");
  let kept = null;

  function light(part) {
    const wanted = new Set(part ? lines(part) : []);
    for (const one of parts) {
      one.classList.toggle("lit", lines(one).some((line) => wanted.has(line)));
    }
  }

  function keep(part) {
    kept = part === kept ? null : part;
    light(kept);
    if (kept) {
      showNode();
    }
  }

  // The graph scrolls to its node; the page stays where the reader is.
  function showNode() {
    const canvas = document.querySelector(".canvas");
    const node = document.querySelector(".node.lit");
    if (!canvas || !node || canvas.contains(kept)) {
      return;
    }
    const [room, place] = [canvas.getBoundingClientRect(), node.getBoundingClientRect()];
    canvas.scrollBy({
      left: place.left + place.width / 2 - room.left - room.width / 2,
      top: place.top + place.height / 2 - room.top - room.height / 2,
      behavior: "smooth",
    });
  }

  for (const part of parts) {
    part.addEventListener("mouseenter", () => light(part));
    part.addEventListener("mouseleave", () => light(kept));
    part.addEventListener("focus", () => light(part));
    part.addEventListener("blur", () => light(kept));
    part.addEventListener("click", () => keep(part));
    part.addEventListener("keydown", (event) => {
      if (event.key === "Enter" || event.key === " ") {
        event.preventDefault();
        keep(part);
      } else if (event.key === "Escape") {
        kept = null;
        light(null);
      }
    });
  }
})();
