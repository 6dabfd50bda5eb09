"use strict";
// Filters the cases. Without this script the page shows all of them, and all
// else works: opening and closing is the browser's own.
(() => {
  const $ = (id) => document.getElementById(id);
  const cases = [...document.querySelectorAll("details.case")];
  const groups = [...document.querySelectorAll("section.group")];
  const entries = [...document.querySelectorAll("nav.groups li")];
  const chips = [...document.querySelectorAll("button.chip")];
  const texts = new Map(); // what a case says, in lower case, once it was asked for

  const textOf = (one) => {
    if (!texts.has(one)) texts.set(one, (one.id + " " + one.textContent).toLowerCase());
    return texts.get(one);
  };
  const pressed = () => chips.filter((c) => c.getAttribute("aria-pressed") === "true").map((c) => c.dataset.verdict);

  function apply() {
    const verdicts = pressed();
    const group = $("group").value;
    const words = $("text").value.toLowerCase().split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const section of groups) {
      let some = false;
      for (const one of section.querySelectorAll("details.case")) {
        const has = one.dataset.verdicts.split(" ");
        const show = (!group || section.dataset.group === group) &&
          (!verdicts.length || verdicts.some((v) => has.includes(v))) &&
          words.every((w) => textOf(one).includes(w));
        one.hidden = !show;
        some ||= show;
        shown += show ? 1 : 0;
      }
      section.hidden = !some;
    }
    for (const entry of entries) {
      entry.hidden = groups.some((g) => g.dataset.group === entry.dataset.group && g.hidden);
    }
    $("none").hidden = shown > 0;
    $("shown").textContent = shown === cases.length ? `${cases.length} cases` : `${shown} of ${cases.length} cases`;
  }

  // The filter stands in the address, so that a link to the page can carry it.
  function remember() {
    const state = new URLSearchParams();
    if (pressed().length) state.set("verdict", pressed().join(","));
    if ($("group").value) state.set("group", $("group").value);
    if ($("text").value) state.set("text", $("text").value);
    const hash = state.toString();
    try {
      history.replaceState(null, "", hash ? "#" + hash : location.pathname + location.search);
    } catch { /* a page without an origin of its own may not; the filter works all the same */ }
  }

  function restore() {
    const target = location.hash.length > 1 && document.getElementById(decoded(location.hash.slice(1)));
    if (target) {
      if (target.matches("details")) target.open = true;
      if (target.hidden || target.closest("[hidden]")) clear();
      target.scrollIntoView();
      return;
    }
    const state = new URLSearchParams(location.hash.slice(1));
    const verdicts = (state.get("verdict") || "").split(",");
    for (const chip of chips) chip.setAttribute("aria-pressed", String(verdicts.includes(chip.dataset.verdict)));
    $("group").value = groups.some((g) => g.dataset.group === state.get("group")) ? state.get("group") : "";
    $("text").value = state.get("text") || "";
    apply();
  }

  function decoded(text) {
    try { return decodeURIComponent(text); } catch { return text; }
  }

  function clear() {
    for (const chip of chips) chip.setAttribute("aria-pressed", "false");
    $("group").value = "";
    $("text").value = "";
    apply();
  }

  function changed() { apply(); remember(); }

  for (const chip of chips) {
    chip.addEventListener("click", () => {
      chip.setAttribute("aria-pressed", String(chip.getAttribute("aria-pressed") !== "true"));
      changed();
    });
  }
  $("group").addEventListener("change", changed);
  $("text").addEventListener("input", changed);
  $("filter").addEventListener("submit", (event) => event.preventDefault());
  $("open").addEventListener("click", () => cases.forEach((one) => { if (!one.hidden) one.open = true; }));
  $("close").addEventListener("click", () => cases.forEach((one) => { one.open = false; }));
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === "/" && !/^(INPUT|SELECT|TEXTAREA)$/.test(document.activeElement.tagName)) {
      event.preventDefault();
      $("text").focus();
    } else if (event.key === "Escape" && document.activeElement === $("text")) {
      clear();
      remember();
    }
  });
  addEventListener("hashchange", restore);

  $("filter").hidden = false;
  apply();
  restore();
})();
