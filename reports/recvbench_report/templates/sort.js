// Sorting by click or Enter on a heading. Rows marked data-unranked stay last whatever the order.
for (const table of document.querySelectorAll("table.sortable")) {
  const heads = [...table.tHead.rows[0].cells];
  const body = table.tBodies[0];
  heads.forEach((head, column) => {
    const button = document.createElement("button");
    button.type = "button";
    button.append(...head.childNodes);
    head.append(button);
    button.addEventListener("click", () => {
      const up = head.getAttribute("aria-sort") !== "ascending";
      heads.forEach((other) => other.removeAttribute("aria-sort"));
      head.setAttribute("aria-sort", up ? "ascending" : "descending");
      const text = head.classList.contains("text");
      const value = (row) => row.cells[column].dataset.v;
      const compare = (a, b) => {
        const unranked = ("unranked" in a.dataset) - ("unranked" in b.dataset);
        if (unranked) return unranked;
        const [x, y] = [value(a), value(b)];
        if (!text && (x === "" || y === "")) return (x === "") - (y === ""); // n/a after numbers, both ways
        return (up ? 1 : -1) * (text ? x.localeCompare(y, "en") : x - y);
      };
      body.append(...[...body.rows].sort(compare));
    });
  });
}
