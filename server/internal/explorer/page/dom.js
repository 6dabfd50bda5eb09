// The only code that creates elements. Input of users and servers is inserted
// as text only.

/** h creates an element: h("p", { class: "note", onclick: f }, "text", child, null) */
export function h(tag, properties, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties ?? {})) {
    if (value === undefined || value === null || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else element.setAttribute(name, value === true ? "" : String(value));
  }
  element.append(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
  return element;
}

/** $ returns the element of the page with an ID. */
export const $ = (id) => document.getElementById(id);

/** show replaces the content of an element. */
export function show(element, ...children) {
  element.replaceChildren(...children.flat(Infinity).filter((c) => c !== null && c !== undefined && c !== false));
}

/** announce announces a message to screen readers. */
export function announce(message) {
  $("announcer").textContent = message;
}

/** copyButton copies the result of text(), which may be a promise. */
export function copyButton(label, text) {
  const button = h("button", { type: "button", class: "copy", "aria-label": `Copy ${label}` }, "Copy");
  button.addEventListener("click", async () => {
    try {
      await navigator.clipboard.writeText(await text());
      button.textContent = "Copied";
      announce(`Copied ${label}.`);
    } catch {
      button.textContent = "Select and copy by hand";
      announce("The browser did not let the page copy.");
    }
    setTimeout(() => (button.textContent = "Copy"), 2000);
  });
  return button;
}

/** block is a text with a heading and a copy button. */
export function block(title, text, { id, code = text, level = "h3", note } = {}) {
  return h(
    "section",
    { class: "block" },
    h("div", { class: "block-head" }, h(level, {}, title), copyButton(title, () => (typeof text === "function" ? text() : text))),
    note && h("p", { class: "note" }, note),
    h("pre", { id, tabindex: 0, role: "region", "aria-label": title }, code),
  );
}

/** prose renders the simple markup of the contract: paragraphs, lists, `code`. */
export function prose(text) {
  return text
    .trim()
    .split(/\n\s*\n/)
    .map((part) =>
      /^\s*- /.test(part)
        ? h("ul", {}, part.split(/\n(?=- )/).map((item) => h("li", {}, inline(item.replace(/^\s*- /, "")))))
        : h("p", {}, inline(part)),
    );
}

/** inline renders `code` as code. */
export function inline(text) {
  return text.split(/`([^`]*)`/).map((part, i) => (i % 2 ? h("code", {}, part) : part.replace(/\n/g, " ")));
}

/** table creates a table that scrolls if it is too wide. */
export function table(caption, heads, rows) {
  return h(
    "div",
    { class: "scroll", tabindex: 0, role: "region", "aria-label": caption },
    h(
      "table",
      {},
      h("caption", { class: "hidden" }, caption),
      h("thead", {}, h("tr", {}, heads.map((head) => h("th", { scope: "col" }, head)))),
      h("tbody", {}, rows),
    ),
  );
}

/** row creates a table row; the first cell is its header. */
export const row = (first, ...cells) =>
  h("tr", {}, h("th", { scope: "row" }, first), cells.map((cell) => h("td", {}, cell)));
