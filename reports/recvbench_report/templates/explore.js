// What a reader can do with all tables and plots of a report: highlight an engine, leave out engines and scenarios, choose a
// percentile. Nothing is stored, and without this script everything is shown.
{
  const source = document.getElementById("contents");
  if (source) explore(JSON.parse(source.textContent));

  function explore({ engines, scenarios }) {
    const all = { e: engines.length, s: scenarios.length };
    const shown = { e: new Set(engines.keys()), s: new Set(scenarios.keys()) };
    const state = { pinned: null, pointed: null, percentile: "p99" };
    const sheet = document.head.appendChild(make("style"));
    const plots = [...document.querySelectorAll(".plot")].map((plot) => ({
      plot, section: plot.closest("section"), percentile: plot.dataset.percentile, e: shownIn(plot, "e"), s: shownIn(plot, "s"),
    }));
    const chips = engines.map(chip);
    const counts = {};
    const status = make("output", { className: "status" });
    document.querySelector("main > header").after(bar());
    update();

    // What is on the page.

    function shownIn(plot, kind) {
      const names = [...plot.querySelectorAll(`.${kind}`)].flatMap((group) => [...group.classList]);
      return new Set(names.filter((name) => name.startsWith(kind) && name !== kind).map((name) => Number(name.slice(1))));
    }

    /** A selector of what belongs to engines or scenarios, none of which is among `ids`; in plots, and in tables. */
    function without(kind, ids, inPlot) {
      const one = (id) => (inPlot ? `.${kind}${id}` : `[data-${kind}="${id}"]`);
      return (inPlot ? `.plot .${kind}` : `tr[data-${kind}]`) + (ids.length ? `:not(${ids.map(one)})` : "");
    }

    function update() {
      const rules = [];
      for (const kind of ["e", "s"]) {
        const ids = [...shown[kind]];
        if (ids.length < all[kind]) rules.push(`${without(kind, ids, true)}, ${without(kind, ids, false)} { display: none; }`);
      }
      const lit = state.pointed ?? state.pinned;
      if (lit !== null) {
        rules.push(`@media screen {
          ${without("e", [lit], true)} { opacity: .12; }
          ${without("e", [lit], false)} { opacity: .35; }
          tr[data-e="${lit}"] > * { background: var(--lit); }
        }`);
      }
      sheet.textContent = rules.join("\n");
      chips.forEach((one, id) => {
        one.setAttribute("aria-pressed", id === state.pinned);
        one.classList.toggle("lit", id === lit);
        one.hidden = !shown.e.has(id);
      });
      showPlots();
      for (const [kind, count] of Object.entries(counts)) count.textContent = `${shown[kind].size} of ${all[kind]}`;
      const filtered = ["e", "s"].some((kind) => shown[kind].size < all[kind]);
      status.textContent = filtered ? "Filtered. What is best or level was found among all engines." : "";
    }

    function showPlots() {
      const gone = (ids, kind) => ids.size > 0 && [...ids].every((id) => !shown[kind].has(id));
      const left = new Map();
      for (const { plot, section, percentile, e, s } of plots) {
        plot.hidden = gone(e, "e") || gone(s, "s") || (percentile !== undefined && percentile !== chosen(section));
        left.set(section, left.get(section) || !plot.hidden);
      }
      for (const [section, any] of left) section.hidden = !any;
    }

    /** A section that lacks the percentile asked for keeps showing one that it has. */
    function chosen(section) {
      const offered = plots.filter((one) => one.section === section && one.percentile).map((one) => one.percentile);
      return [state.percentile, "p99"].find((one) => offered.includes(one)) ?? offered[0];
    }

    // The bar above it.

    function make(tag, properties = {}, ...children) {
      const made = Object.assign(document.createElement(tag), properties);
      made.append(...children);
      return made;
    }

    function group(label, ...children) {
      const made = make("div", { className: "group" }, ...children);
      made.setAttribute("role", "group");
      made.setAttribute("aria-label", label);
      return made;
    }

    function bar() {
      const made = make("div", { className: "controls" });
      made.setAttribute("role", "region");
      made.setAttribute("aria-label", "Highlight and filter");
      if (all.e > 1) {
        const legend = group("Highlight an engine", ...chips);
        legend.classList.add("legend");
        made.append(legend);
      }
      const tools = make("div", { className: "tools" });
      if (all.e > 1) tools.append(filter("e", "Engines", engines.map((engine) => engine.label)));
      if (all.s > 1) tools.append(filter("s", "Scenarios", scenarios));
      if (plots.some((one) => one.percentile)) tools.append(percentiles());
      tools.append(status);
      if (tools.children.length > 1) made.append(tools);
      made.hidden = !made.children.length;
      return made;
    }

    function chip(engine, id) {
      const swatch = make("span", { className: "swatch" });
      swatch.style.background = engine.colour;
      const made = make("button", { type: "button", className: "chip" }, swatch, engine.label);
      made.dataset.chip = id;
      return made;
    }

    /** A list to tick, and a field that finds in it. */
    function filter(kind, title, names) {
      counts[kind] = make("span", { className: "count" });
      const boxes = names.map(() => make("input", { type: "checkbox", checked: true }));
      const items = names.map((name, id) => make("li", {}, make("label", {}, boxes[id], ` ${name}`)));
      const find = make("input", { type: "search", placeholder: "find" });
      find.setAttribute("aria-label", `Find in ${title.toLowerCase()}`);
      const keep = (wanted) => {
        boxes.forEach((box, id) => (box.checked = wanted(id)));
        changed();
      };
      const changed = () => {
        shown[kind] = new Set([...boxes.keys()].filter((id) => boxes[id].checked));
        update();
      };
      find.addEventListener("input", () => {
        const words = find.value.toLowerCase().split(/\s+/);
        items.forEach((item, id) => (item.hidden = !words.every((word) => names[id].toLowerCase().includes(word))));
      });
      boxes.forEach((box) => box.addEventListener("change", changed));
      const button = (text, wanted) => {
        const made = make("button", { type: "button" }, text);
        made.addEventListener("click", () => keep(wanted));
        return made;
      };
      const panel = make(
        "div", { className: "panel" },
        find, button("Only these", (id) => !items[id].hidden), button("All", () => true), make("ul", {}, ...items),
      );
      return make("details", { className: "filter" }, make("summary", {}, `${title} `, counts[kind]), panel);
    }

    function percentiles() {
      const offered = [["p50", "p50"], ["p99", "p99"], ["p999", "p99.9"]].filter(([key]) => plots.some((one) => one.percentile === key));
      const choice = ([key, name]) => {
        const radio = make("input", { type: "radio", name: "percentile", value: key, checked: key === state.percentile });
        radio.addEventListener("change", () => {
          state.percentile = key;
          update();
        });
        return make("label", {}, radio, ` ${name}`);
      };
      const made = group("Percentile in plots", "Percentile ", ...offered.map(choice));
      made.setAttribute("role", "radiogroup");
      return made;
    }

    // Pointing at an engine, and keeping it.

    function engineAt(target) {
      const at = target.closest?.("[data-chip], tr[data-e], .plot .e");
      if (!at) return null;
      const named = at.dataset.chip ?? at.dataset.e;
      return Number(named ?? [...at.classList].find((name) => /^e\d+$/.test(name)).slice(1));
    }

    function point(id) {
      if (id === state.pointed) return;
      state.pointed = id;
      update();
    }

    function pin(id) {
      state.pinned = id === state.pinned ? null : id;
      state.pointed = null;
      update();
    }

    document.addEventListener("pointerover", (event) => event.pointerType === "touch" || point(engineAt(event.target)));
    document.addEventListener("focusin", (event) => event.target.matches("[data-chip]:focus-visible") && point(engineAt(event.target)));
    document.addEventListener("focusout", () => point(null));
    document.addEventListener("click", (event) => {
      const id = engineAt(event.target);
      const own = event.target.closest("a, summary, input, label, button:not([data-chip])");
      if (id !== null && !own && getSelection().isCollapsed) pin(id);
      for (const open of document.querySelectorAll(".filter[open]")) if (!open.contains(event.target)) open.open = false;
    });
    document.addEventListener("keydown", (event) => {
      if (event.key !== "Escape") return;
      const open = document.querySelector(".filter[open]");
      if (open) {
        open.open = false;
        open.querySelector("summary").focus();
      } else if (state.pinned !== null) pin(state.pinned);
    });
  }
}
