// The log: the last calls that the server answered, and why it answered so.

import { h, row, show, table } from "./dom.js";
import { get, Poll, when } from "./poll.js";

const shown = 200;

/** Log shows the server's journal. */
export class Log {
  constructor(pane, data) {
    this.filter = "";
    this.chosen = "";
    this.last = "";
    if (!data) {
      show(pane, h("p", { class: "empty" }, "The log is shown only where the server listens on loopback. Its administration (--admin) has it too, at /journal."));
      return;
    }
    this.input = h("input", { id: "log-filter", type: "search", placeholder: "request id, rule, site, domain …", spellcheck: "false" });
    this.input.addEventListener("input", () => {
      this.filter = this.input.value.trim().toLowerCase();
      this.present();
    });
    this.told = h("p", { class: "soft", id: "log-told", role: "status" });
    this.list = h("div", { id: "log-list" });
    this.details = h("div", { id: "log-details", "aria-live": "polite" });
    show(pane, h("section", { class: "card" }, h("h2", {}, "Recent calls"), h("div", { class: "bar" }, h("label", {}, "Filter", this.input)), this.told, this.list), this.details);
    this.poll = new Poll(() => this.ask(), 2000);
  }

  visible(on) {
    this.poll?.want(on);
  }

  choose(requestId) {
    this.chosen = requestId;
    if (this.input) this.input.value = requestId;
    this.filter = requestId.toLowerCase();
    this.last = "";
  }

  async ask() {
    try {
      const entries = await get(`journal?limit=${shown}`);
      this.entries = entries.reverse();
    } catch (error) {
      this.told.textContent = error.message;
      throw error;
    }
    const last = JSON.stringify(this.entries);
    if (last === this.last) return; // nothing new: what has the focus keeps it
    this.last = last;
    this.present();
  }

  present() {
    if (!this.entries) return;
    const words = (e) => [e.request_id, e.rule, e.code, e.site_id, e.status, e.access_key_id, ...(e.domains ?? [])].join(" ").toLowerCase();
    const found = this.entries.filter((e) => words(e).includes(this.filter));
    this.told.textContent = this.entries.length === 0 ? "No call was answered yet." : `${found.length} of the last ${this.entries.length} calls.`;
    const focused = this.list.contains(document.activeElement) ? document.activeElement.id : "";
    show(this.list, found.length ? table("Recent calls", ["Request id", "Time", "Status", "Rule", "Site", "Duration"], found.map((e) => this.row(e))) : "");
    if (focused) document.getElementById(focused)?.focus();
    this.detail(this.entries.find((e) => e.request_id === this.chosen));
  }

  row(e) {
    const pick = () => {
      this.chosen = e.request_id;
      this.present();
    };
    const line = row(
      h("button", { type: "button", class: "link mono", id: `log-${e.number}`, "aria-expanded": String(e.request_id === this.chosen), onclick: pick }, e.request_id),
      when(e.time),
      h("span", { class: `badge ${e.status >= 200 && e.status < 300 ? "good" : "bad"}` }, e.status ? String(e.status) : "none"),
      e.rule,
      e.site_id ?? "",
      `${(e.duration_ns / 1e6).toFixed(2)} ms`,
    );
    if (e.request_id === this.chosen) line.className = "chosen";
    return line;
  }

  detail(e) {
    if (!e) return show(this.details);
    const facts = { ...e, time: when(e.time), duration_ns: `${(e.duration_ns / 1e6).toFixed(3)} ms`, domains: e.domains?.join(", "), ids: e.ids?.join(", ") };
    const name = (key) => (key === "duration_ns" ? "duration" : key.replaceAll("_", " "));
    show(
      this.details,
      h(
        "section",
        { class: "card details", "aria-label": "Details of the call" },
        h("h2", {}, "Details"),
        h("dl", {}, Object.entries(facts).filter(([, v]) => v !== undefined && v !== "").map(([key, value]) => [h("dt", {}, name(key)), h("dd", {}, String(value))])),
      ),
    );
  }
}
