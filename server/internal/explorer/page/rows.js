// A table whose rows open in place: the details stand directly below their row.

import { h, row, table } from "./dom.js";

const margin = 16; // pixels between the opened row and the edge of the window

/**
 * Rows keeps a table in sync with a list that changes. A row stays the
 * same element as long as its item is listed, so focus and selection stay too.
 *
 * what has caption and headers of the table; id, the ID of the open details;
 * key(item); title(item), the text of the button; cells(item), those after it;
 * detail(item), what opens; and picked(key), called when the user picks a row.
 */
export class Rows {
  constructor(what) {
    this.what = what;
    this.element = table(what.caption, what.heads, []);
    this.element.classList.add("opens");
    this.body = this.element.querySelector("tbody");
    this.lines = new Map();
  }

  /** update shows a list with the item of one key open, and scrolls there if asked. */
  update(items, open, reveal) {
    const anchor = this.anchor();
    const top = anchor?.getBoundingClientRect().top;
    this.element.hidden = items.length === 0;
    const kept = new Map(items.map((item) => this.line(item)));
    for (const [key, line] of this.lines) if (kept.get(key) !== line) remove(line);
    this.lines = kept;
    let next = this.body.firstElementChild;
    for (const [key, line] of kept) {
      this.open(line, key === open);
      for (const element of [line.element, line.details].filter(Boolean)) {
        if (element === next) next = next.nextElementSibling;
        else this.body.insertBefore(element, next);
      }
    }
    // The visible content stays in place when rows arrive above it.
    if (anchor?.isConnected) scrollBy({ top: anchor.getBoundingClientRect().top - top, behavior: "instant" });
    if (reveal && kept.has(open)) this.reveal(kept.get(open));
  }

  // anchor returns the open row, or else the first visible one.
  anchor() {
    const lines = [...this.lines.values()];
    const seen = (line) => line.element.getBoundingClientRect().bottom > 0;
    return (lines.find((line) => line.details) ?? (scrollY > 0 ? lines.find(seen) : undefined))?.element;
  }

  // line returns the row of an item, updated.
  line(item) {
    const key = this.what.key(item);
    const line = this.lines.get(key) ?? this.made(key, item);
    const text = JSON.stringify(item);
    if (line.text !== text) {
      line.text = text;
      line.item = item;
      settle(line.element, [line.element.firstElementChild, ...this.what.cells(item).map((cell) => h("td", {}, cell))]);
      if (line.details) this.fill(line);
    }
    return [key, line];
  }

  made(key, item) {
    const button = h("button", { type: "button", class: "link mono", "aria-expanded": "false" }, this.what.title(item));
    const element = row(button);
    // The button is for the keyboard and for screen readers; a mouse may hit the
    // whole row. Selecting text in it is not a click.
    element.addEventListener("click", (event) => {
      if (event.target === button || String(getSelection()) === "") this.pick(key);
    });
    return { element, button };
  }

  pick(key) {
    const { element } = this.lines.get(key);
    const { top } = element.getBoundingClientRect();
    this.what.picked(key);
    // Another row may have closed above.
    scrollBy({ top: element.getBoundingClientRect().top - top, behavior: "instant" });
    const line = this.lines.get(key);
    if (line?.details) this.reveal(line);
  }

  open(line, on) {
    line.button.setAttribute("aria-expanded", String(on));
    line.element.classList.toggle("chosen", on);
    if (!on) {
      line.button.removeAttribute("aria-controls");
      line.details?.remove();
      line.details = undefined;
    } else if (!line.details) {
      line.button.setAttribute("aria-controls", this.what.id);
      line.details = h("tr", { class: "chosen below" }, h("td", { colspan: this.what.heads.length }, h("div", { class: "detail", id: this.what.id, role: "region" })));
      this.fill(line);
    }
  }

  fill(line) {
    const detail = line.details.querySelector(".detail");
    detail.setAttribute("aria-label", `Details of ${this.what.title(line.item)}`);
    settle(detail, [this.what.detail(line.item)]);
  }

  // reveal scrolls until row and details are in the window; if they are too long,
  // until their beginning is.
  reveal(line) {
    const { top } = line.element.getBoundingClientRect();
    const { bottom } = line.details.getBoundingClientRect();
    const down = Math.min(bottom - innerHeight + margin, top - margin);
    const by = top < 0 ? top - margin : Math.max(0, down);
    if (by) scrollBy({ top: by, behavior: "instant" });
  }
}

// settle sets the children of an element, and leaves those that already match
// unchanged, so that their focus and selection stay.
function settle(element, children) {
  for (const [i, child] of children.entries()) {
    const old = element.childNodes[i];
    if (!old) element.append(child);
    else if (old === child || old.isEqualNode(child)) continue;
    else if (old.nodeName === "DL" && child.nodeName === "DL") settle(old, [...child.childNodes]);
    else old.replaceWith(child);
  }
  while (element.childNodes.length > children.length) element.lastChild.remove();
}

function remove(line) {
  line.details?.remove();
  line.element.remove();
}
