"use strict";
// Functions that report what a user can see of a page. Tests use them instead
// of reading the DOM, which contains hidden nodes too.
//
//   eyes.unseen(element)        why an element cannot be seen; "" if it can
//   eyes.unseen(element, true)  the same without scrolling to it
//   eyes.text(element)          the visible text in it
//   eyes.lacks(element, words)  why the words are not visible in it; "" if they are
//
// An element is visible if it is displayed, inside the window, and the topmost
// element at its center. Before the check a function scrolls like a user: only
// frames with a scroll bar, and only as far as needed.
globalThis.eyes = (() => {
  const slack = 1; // tolerance for rounding, in pixels
  const view = (element) => element.ownerDocument.defaultView;
  const shown = (element) => element.checkVisibility({ opacityProperty: true, visibilityProperty: true });
  const name = (element) => (element ? `<${element.localName}${element.id ? ` id="${element.id}"` : ""}${element.className?.length ? ` class="${element.className}"` : ""}>` : "nothing");

  // frames lists the ancestors that clip an element, from the inside out; the last is the window.
  function frames(element) {
    const { innerWidth, innerHeight } = view(element);
    const root = element.ownerDocument.scrollingElement;
    const all = [];
    for (let e = element.parentElement; e && e !== root; e = e.parentElement) {
      const { overflowX, overflowY, position } = view(element).getComputedStyle(e);
      if (position === "fixed") break;
      if (overflowX === "visible" && overflowY === "visible") continue;
      all.push({ element: e, x: /auto|scroll/.test(overflowX), y: /auto|scroll/.test(overflowY), box: () => inner(e) });
    }
    all.push({ element: root, x: true, y: true, box: () => ({ left: 0, top: 0, right: Math.min(innerWidth, root.clientWidth), bottom: innerHeight }) });
    return all;
  }

  function inner(e) {
    const { left, top } = e.getBoundingClientRect();
    return { left: left + e.clientLeft, top: top + e.clientTop, right: left + e.clientLeft + e.clientWidth, bottom: top + e.clientTop + e.clientHeight };
  }

  // bring scrolls until a box is centered in each frame that did not show it; a
  // box too large for a frame is aligned with its edge.
  function bring(all, box) {
    for (const frame of all) {
      const [b, f] = [box(), frame.box()];
      const move = (from, to, start, end) => (from >= start - slack && to <= end + slack ? 0 : to - from > end - start ? from - start : (from + to - start - end) / 2);
      const [x, y] = [frame.x ? move(b.left, b.right, f.left, f.right) : 0, frame.y ? move(b.top, b.bottom, f.top, f.bottom) : 0];
      if (x || y) frame.element.scrollBy({ left: x, top: y, behavior: "instant" });
    }
  }

  // hidden returns why a box of an element is out of view or covered.
  function hidden(all, holder, box, still) {
    if (!still) bring(all, box);
    const b = box();
    const clip = { left: b.left, top: b.top, right: b.right, bottom: b.bottom };
    for (const frame of all) {
      const f = frame.box();
      const before = { ...clip };
      clip.left = Math.max(clip.left, f.left);
      clip.top = Math.max(clip.top, f.top);
      clip.right = Math.min(clip.right, f.right);
      clip.bottom = Math.min(clip.bottom, f.bottom);
      const cut = (size, frameSize, from, to, was) => was - (to - from) > slack && (size <= frameSize || to - from <= slack);
      if (cut(b.right - b.left, f.right - f.left, clip.left, clip.right, before.right - before.left) || cut(b.bottom - b.top, f.bottom - f.top, clip.top, clip.bottom, before.bottom - before.top)) {
        return `is outside of ${frame.element === holder.ownerDocument.scrollingElement ? "the window" : name(frame.element)}: ${JSON.stringify([b.left, b.top, b.right, b.bottom].map(Math.round))}, seen is ${JSON.stringify([f.left, f.top, f.right, f.bottom].map(Math.round))}`;
      }
    }
    const top = holder.ownerDocument.elementFromPoint((clip.left + clip.right) / 2, (clip.top + clip.bottom) / 2);
    return holder.contains(top) ? "" : `is covered by ${name(top)}`;
  }

  function unseen(element, still) {
    if (!element?.isConnected) return "is not in the page";
    if (!shown(element)) return "is hidden";
    const box = element.getBoundingClientRect();
    if (box.width <= slack || box.height <= slack) return "takes no room";
    // A link over several lines may be empty in the middle of its box.
    const lines = element.getClientRects().length > 1;
    return hidden(frames(element), element, () => (lines ? element.getClientRects()[0] : element.getBoundingClientRect()), still);
  }

  // nodes are the visible text nodes; text for screen readers only, one pixel
  // large, is left out.
  function nodes(element) {
    const walker = element.ownerDocument.createTreeWalker(element, 4); // NodeFilter.SHOW_TEXT
    const found = [];
    while (walker.nextNode()) {
      const parent = walker.currentNode.parentElement;
      const { width, height } = parent.getBoundingClientRect();
      if (shown(parent) && width > slack && height > slack) found.push(walker.currentNode);
    }
    return found;
  }

  const text = (element) => nodes(element).map((n) => n.data).join("");

  function lacks(element, words) {
    const reason = unseen(element);
    if (reason) return reason;
    const all = nodes(element);
    const at = all.map((n) => n.data).join("").indexOf(words);
    if (at < 0) return "does not have it";
    // The words are visible if their first and last characters are.
    for (const place of [at, at + words.length - 1]) {
      const range = character(all, place);
      if (range.getClientRects().length === 0) continue; // the end of a line
      const parent = range.startContainer.parentElement;
      const why = hidden([{ ...own(parent) }, ...frames(parent)].filter((f) => f.element), element, () => range.getClientRects()[0]);
      if (why) return `has it, and it ${why}`;
    }
    return "";
  }

  // own is the frame of an element that scrolls or clips its own text.
  function own(element) {
    const { overflowX, overflowY, display } = view(element).getComputedStyle(element);
    if (display === "inline" || (overflowX === "visible" && overflowY === "visible")) return {};
    return { element, x: /auto|scroll/.test(overflowX), y: /auto|scroll/.test(overflowY), box: () => inner(element) };
  }

  // character is the range of one character, counted over text nodes.
  function character(all, place) {
    for (const node of all) {
      if (place < node.data.length) {
        const range = node.ownerDocument.createRange();
        range.setStart(node, place);
        range.setEnd(node, place + 1);
        return range;
      }
      place -= node.data.length;
    }
    throw new Error("no such character");
  }

  return { unseen, text, lacks };
})();
