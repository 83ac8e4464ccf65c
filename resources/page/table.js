// ------------------------------------------------------------- the gradients, sorted and filtered

function startTable() {
  const table = find(".grads table");
  if (!table) {
    return;
  }
  const body = find("tbody", table);
  const rows = [...body.rows];
  const field = find("#filter");
  const onlyNone = find("#only-none");
  const texts = rows.map((row) => row.textContent.toLowerCase());
  let by = -1;
  let down = false;

  function value(row, column) {
    const cell = row.cells[column];
    const number = cell.dataset.value;
    if (number !== undefined) {
      return number === "" ? -Infinity : Number.isNaN(Number(number)) ? Infinity : Number(number);
    }
    return column === 1 ? ("none" in row.dataset ? 0 : 1) : cell.textContent;
  }

  function sort(column) {
    [by, down] = by === column ? (down ? [-1, false] : [column, true]) : [column, false];
    const sorted = [...rows];
    if (by >= 0) {
      sorted.sort((a, b) => {
        const [x, y] = [value(a, by), value(b, by)];
        const order = typeof x === "string" ? x.localeCompare(y, undefined, { numeric: true }) : x - y || 0;
        return down ? -order : order;
      });
    }
    body.append(...sorted);
    [...table.tHead.rows[0].cells].forEach((head, place) => {
      head.setAttribute("aria-sort", place !== by ? "none" : down ? "descending" : "ascending");
    });
  }

  function filter() {
    const wanted = field.value.trim().toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, place) => {
      const fits = wanted.every((word) => texts[place].includes(word));
      row.hidden = !fits || (onlyNone.checked && !("none" in row.dataset));
      shown += row.hidden ? 0 : 1;
    });
    find("#filtered").textContent =
      shown === rows.length ? "" : said("shown", { shown, count: rows.length });
  }

  [...table.tHead.rows[0].cells].forEach((head, column) => {
    const button = made("button", "sort", head.textContent);
    button.type = "button";
    button.addEventListener("click", () => sort(column));
    head.replaceChildren(button);
  });
  field.addEventListener("input", filter);
  onlyNone.addEventListener("change", filter);
  for (const row of rows) {
    row.tabIndex = 0;
    const choose = () => {
      if (canvas) {
        follow(row.dataset.key);
      }
      keep(lines(row));
    };
    row.addEventListener("click", choose);
    row.addEventListener("keydown", (event) => {
      if (event.target === row && (event.key === "Enter" || event.key === " ")) {
        event.preventDefault();
        choose();
      }
    });
  }
}
