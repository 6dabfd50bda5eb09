// The applications, from Applying to Issued, Failed or Canceled, updated live.

import { closed } from "./closed.js";
import { announce, h, show } from "./dom.js";
import { get, Poll, when } from "./poll.js";
import { Rows } from "./rows.js";

const page = 50;

/** Applications shows what the server has stored. */
export class Applications {
  constructor(pane, settings, chosen) {
    this.told = h("p", { class: "soft", id: "applications-told", role: "status" });
    this.chosen = "";
    this.tell = chosen;
    this.states = new Map();
    const instead = closed(settings, "applications are", "/applications");
    if (instead) return show(pane, instead);
    this.poll = new Poll(() => this.ask(), 1500);
    this.domain = h("input", { id: "applications-domain", type: "search", spellcheck: "false", placeholder: "www.example.com" });
    this.status = h("select", { id: "applications-status" }, h("option", { value: "" }, "any"), ["Applying", "Issued", "Failed", "Canceled"].map((s) => h("option", {}, s)));
    for (const input of [this.domain, this.status]) {
      input.addEventListener("input", () => {
        this.after = undefined;
        this.poll.now();
      });
    }
    const turn = (label, after) => h("button", { type: "button", onclick: () => { this.after = after(); this.poll.now(); } }, label);
    this.earlier = turn("Earlier", () => Math.max(0, (this.first ?? 1) - 1 - page));
    this.later = turn("Later", () => this.final ?? 0);
    this.latest = turn("Latest", () => undefined);
    this.rows = new Rows({
      caption: "Applications",
      heads: ["Id", "Domain", "Status", "Type", "Site", "Accepted"],
      id: "application",
      key: (a) => a.id,
      title: (a) => a.id,
      cells: (a) => [a.domain, badge(a.status), a.type, String(a.site_id), when(a.created_at)],
      detail,
      picked: (id) => {
        this.chosen = this.chosen === id ? "" : id;
        this.tell(this.chosen);
        this.present(this.listed);
      },
    });
    this.list = h("div", { id: "applications-list" }, this.rows.element);
    this.missing = h("div", { id: "application-missing", role: "status" });
    show(
      pane,
      h(
        "section",
        { class: "card" },
        h("h2", {}, "Applications"),
        h("div", { class: "bar" }, h("label", {}, "Domain name", this.domain), h("label", {}, "Status", this.status), this.earlier, this.later, this.latest),
        this.missing,
        this.told,
        this.list,
      ),
    );
  }

  visible(on) {
    this.poll?.want(on);
  }

  /** choose opens an application at any position in the list. */
  choose(id) {
    this.chosen = /^\d{1,18}$/.test(id) ? id : "";
    this.sought = this.chosen !== "";
    this.last = "";
    this.tell(this.chosen);
    this.poll?.now();
  }

  async ask() {
    let list;
    try {
      list = await get(`applications?${await this.query()}`);
      if (this.sought) list = await this.seek(list, this.chosen);
    } catch (error) {
      this.told.textContent = error.message;
      throw error;
    }
    const last = JSON.stringify([list, this.after]);
    if (last === this.last) return;
    this.last = last;
    this.present(list);
  }

  // seek goes to the page with an application: one that a link names may be older
  // than the listed ones, or filtered out.
  async seek(list, id) {
    const has = (some) => some.some((a) => a.id === id);
    show(this.missing);
    if (has(list)) return list;
    const after = Math.max(0, Number(id) - page);
    const older = await get(`applications?limit=${page}${after ? `&after=${after}` : ""}`);
    if (!has(older)) {
      show(this.missing, h("p", { class: "notice" }, `There is no application ${id}.`));
      this.sought = false;
      return list;
    }
    this.domain.value = this.status.value = "";
    this.after = after;
    return older;
  }

  // query requests the latest applications unless the user turned pages. The list
  // is ordered by ID, and the newest ID is in the journal.
  async query() {
    const query = new URLSearchParams({ limit: String(page) });
    if (this.domain.value.trim()) query.set("domain", this.domain.value.trim().toLowerCase());
    if (this.status.value) query.set("status", this.status.value);
    let after = this.after;
    if (after === undefined && !query.has("domain") && !query.has("status")) {
      const [accepted] = await get("journal?rule=Accepted&limit=1");
      after = Math.max(0, Math.max(0, ...(accepted?.ids ?? [])) - page);
    }
    if (after) query.set("after", String(after));
    return query;
  }

  present(list) {
    this.listed = list;
    [this.first, this.final] = [Number(list[0]?.id), Number(list.at(-1)?.id)].map((n) => (Number.isNaN(n) ? undefined : n));
    this.later.disabled = list.length < page;
    this.earlier.disabled = !this.after && list.length < page;
    this.told.textContent = list.length ? `${list.length} ${list.length === 1 ? "application" : "applications"}, newest first.` : "There are no such applications.";
    this.news(list);
    this.rows.update([...list].reverse(), this.chosen, this.sought);
    if (list.some((a) => a.id === this.chosen)) this.sought = false;
  }

  // news announces status changes of applications on the page.
  news(list) {
    for (const a of list) {
      const before = this.states.get(a.id);
      if (before && before !== a.status) announce(`${a.domain}: ${a.status}.`);
      this.states.set(a.id, a.status);
    }
  }
}

function detail(a) {
  const c = a.certificate;
  const facts = [
    ["Status", badge(a.status)],
    ["Domain", a.domain],
    ["Type", a.type],
    a.alg_type && ["AlgType", a.alg_type],
    ["Site", String(a.site_id)],
    ["Account", a.account],
    ["Request", h("code", {}, a.request_id)],
    ["Accepted", when(a.created_at)],
    ["Changed", when(a.updated_at)],
    a.due_at && ["Next step", when(a.due_at)],
    a.failures > 0 && ["Failures", String(a.failures)],
    a.problem && ["Last problem", [a.problem.type, a.problem.detail, a.problem.message].filter(Boolean).join(": ") || JSON.stringify(a.problem)],
    c && ["Names", c.names.join(", ")],
    c && ["Issuer", c.issuer],
    c && ["Valid from", when(c.not_before)],
    c && ["Valid until", when(c.not_after)],
    c && ["Serial number", h("code", {}, c.serial)],
    c && ["SHA-256", h("code", {}, c.fingerprint)],
    c && ["Chain", h("a", { href: `api/applications/${a.id}/chain`, download: `${a.id}.pem`, id: "chain" }, `Download ${a.id}.pem`)],
  ].filter(Boolean);
  return h("dl", {}, facts.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]));
}

function badge(status) {
  return h("span", { class: `badge ${{ Issued: "good", Failed: "bad", Canceled: "bad" }[status] ?? ""}` }, status);
}
