// Tabs, by mouse and by keyboard: arrows, Home and End move and select.

/** tabs wires a tablist; chosen(id) is called with the id of each tab selected. */
export function tabs(list, chosen = () => {}) {
  const all = () => [...list.querySelectorAll('[role="tab"]')];
  const select = (tab, focus) => {
    // Several tabs may share one panel, so the selected tab is applied last.
    for (const other of [...all().filter((one) => one !== tab), tab]) {
      const on = other === tab;
      other.setAttribute("aria-selected", String(on));
      other.tabIndex = on ? 0 : -1;
      const panel = document.getElementById(other.getAttribute("aria-controls"));
      if (panel) panel.hidden = !on;
    }
    if (focus) tab.focus();
    chosen(tab.id);
  };
  list.addEventListener("click", (event) => {
    const tab = event.target.closest('[role="tab"]');
    if (tab) select(tab);
  });
  list.addEventListener("keydown", (event) => {
    const list = all();
    const at = list.indexOf(document.activeElement);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: list.length - 1 }[event.key];
    if (at < 0 || to === undefined) return;
    event.preventDefault();
    select(list[(to + list.length) % list.length], true);
  });
  return (id) => {
    const tab = document.getElementById(id);
    if (tab && list.contains(tab)) select(tab);
  };
}
