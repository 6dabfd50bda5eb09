// Why log and applications are not shown.

import { h } from "./dom.js";

/**
 * closed returns the replacement for a view that this browser may not show;
 * undefined if it may. path is the path of the same data in the admin API.
 */
export function closed(settings, what, path) {
  if (settings.data) return undefined;
  if (!settings.locked) {
    return h("p", { class: "empty" }, `The ${what} shown only where the server listens on loopback. Its administration (--admin) has the same at `, h("code", {}, path), ".");
  }
  return h(
    "div",
    { class: "empty locked" },
    h("p", {}, `The ${what} shown to a browser that opened the explorer at the address which the server printed.`),
    h("p", {}, "When it starts, the server prints one line on standard output, ", h("code", {}, '{"event":"ready", …}'), ". Open the address that stands there under ", h("code", {}, '"explorer"'), ": it carries a token. Each start has a new one."),
    h("p", {}, "The form works without it."),
  );
}
