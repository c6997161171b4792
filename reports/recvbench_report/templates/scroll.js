// What scrolls within the page can be reached by keyboard; what does not scroll is no stop on the way.
{
  const boxes = [...document.querySelectorAll(".scroll:not(.tall), .plot")];
  const fit = () => {
    const scrolls = boxes.map((box) => box.scrollWidth > box.clientWidth || box.scrollHeight > box.clientHeight);
    boxes.forEach((box, i) => {
      if (scrolls[i] === box.hasAttribute("tabindex")) return;
      if (!scrolls[i]) return box.removeAttribute("tabindex");
      box.tabIndex = 0;
      box.setAttribute("role", "group");
      box.setAttribute("aria-label", `${box.closest("section")?.querySelector("h2")?.textContent ?? "Table"} (scrolls)`);
    });
  };
  addEventListener("resize", fit);
  fit();
}
