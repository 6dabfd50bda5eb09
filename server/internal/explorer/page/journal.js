// The log: the last calls of the server, with the reason for each response.

import { closed } from "./closed.js";
import { h, show } from "./dom.js";
import { get, Poll, when } from "./poll.js";
import { Rows } from "./rows.js";

const shown = 200;

/** Log shows the server's journal. */
export class Log {
  constructor(pane, settings) {
    this.filter = "";
    this.chosen = "";
    this.last = "";
    const instead = closed(settings, "log is", "/journal");
    if (instead) return show(pane, instead);
    this.input = h("input", { id: "log-filter", type: "search", placeholder: "request id, rule, site, domain …", spellcheck: "false" });
    this.input.addEventListener("input", () => {
      this.filter = this.input.value.trim().toLowerCase();
      this.present();
    });
    this.told = h("p", { class: "soft", id: "log-told", role: "status" });
    this.rows = new Rows({
      caption: "Recent calls",
      heads: ["Request id", "Time", "Operation", "Status", "Rule", "Site", "Duration"],
      id: "log-details",
      key: (e) => e.number,
      title: (e) => e.request_id,
      cells,
      detail,
      picked: (number) => {
        const { request_id: id } = this.entries.find((e) => e.number === number);
        this.chosen = this.chosen === id ? "" : id;
        this.present();
      },
    });
    this.list = h("div", { id: "log-list" }, this.rows.element);
    show(pane, h("section", { class: "card" }, h("h2", {}, "Recent calls"), h("div", { class: "bar" }, h("label", {}, "Filter", this.input)), this.told, this.list));
    this.poll = new Poll(() => this.ask(), 2000);
  }

  visible(on) {
    this.poll?.want(on);
  }

  choose(requestId) {
    this.chosen = requestId;
    if (this.input) this.input.value = requestId;
    this.filter = requestId.toLowerCase();
    this.sought = true;
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
    if (last === this.last) return; // nothing new; keep the focus
    this.last = last;
    this.present();
  }

  present() {
    if (!this.entries) return;
    const words = (e) => [e.request_id, e.action, e.rule, e.code, e.site_id, e.status, e.access_key_id, ...(e.domains ?? [])].join(" ").toLowerCase();
    const found = this.entries.filter((e) => words(e).includes(this.filter));
    this.told.textContent = this.entries.length === 0 ? "No call was answered yet." : `${found.length} of the last ${this.entries.length} calls.`;
    const open = found.find((e) => e.request_id === this.chosen);
    this.rows.update(found, open?.number, this.sought);
    if (open) this.sought = false;
  }
}

const cells = (e) => [
  when(e.time),
  e.action ?? "",
  h("span", { class: `badge ${e.status >= 200 && e.status < 300 ? "good" : "bad"}` }, e.status ? String(e.status) : "none"),
  e.rule,
  e.site_id ?? "",
  `${(e.duration_ns / 1e6).toFixed(2)} ms`,
];

function detail(e) {
  const facts = { ...e, time: when(e.time), duration: undefined, duration_ns: `${(e.duration_ns / 1e6).toFixed(3)} ms`, domains: e.domains?.join(", "), ids: e.ids?.join(", ") };
  const name = (key) => (key === "duration_ns" ? "duration" : key.replaceAll("_", " "));
  return h("dl", {}, Object.entries(facts).filter(([, v]) => v !== undefined && v !== "").map(([key, value]) => [h("dt", {}, name(key)), h("dd", {}, String(value))]));
}
