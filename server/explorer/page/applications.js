// The applications, from Applying to Issued or Failed, as it happens.

import { announce, h, row, show, table } from "./dom.js";
import { get, Poll, when } from "./poll.js";

const page = 50;

/** Applications shows what the server has stored. */
export class Applications {
  constructor(pane, data, chosen) {
    this.told = h("p", { class: "soft", id: "applications-told", role: "status" });
    this.chosen = "";
    this.tell = chosen;
    this.states = new Map();
    if (!data) {
      show(pane, h("p", { class: "empty" }, "The applications are shown only where the server listens on loopback. Its administration (--admin) has them too, at /applications."));
      return;
    }
    this.poll = new Poll(() => this.ask(), 1500);
    this.domain = h("input", { id: "applications-domain", type: "search", spellcheck: "false", placeholder: "www.example.com" });
    this.status = h("select", { id: "applications-status" }, h("option", { value: "" }, "any"), ["Applying", "Issued", "Failed"].map((s) => h("option", {}, s)));
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
    this.list = h("div", { id: "applications-list" });
    this.details = h("div", { id: "application", "aria-live": "polite" });
    show(
      pane,
      h(
        "section",
        { class: "card" },
        h("h2", {}, "Applications"),
        h("div", { class: "bar" }, h("label", {}, "Domain name", this.domain), h("label", {}, "Status", this.status), this.earlier, this.later, this.latest),
        this.told,
        this.list,
      ),
      this.details,
    );
  }

  visible(on) {
    this.poll?.want(on);
  }

  choose(id) {
    this.chosen = /^\d{1,18}$/.test(id) ? id : "";
    this.last = "";
    this.tell(this.chosen);
    this.poll?.now();
  }

  async ask() {
    let list, one;
    try {
      list = await get(`applications?${await this.query()}`);
      one = this.chosen ? await get(`applications/${this.chosen}`).catch((e) => (e.status === 404 ? { missing: e.message } : Promise.reject(e))) : undefined;
    } catch (error) {
      this.told.textContent = error.message;
      throw error;
    }
    const last = JSON.stringify([list, one, this.after]);
    if (last === this.last) return;
    this.last = last;
    this.present(list, one);
  }

  // query asks for the latest unless somebody leafs. The list is in order of the
  // ids, and the newest id stands in the journal.
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

  present(list, one) {
    [this.first, this.final] = [Number(list[0]?.id), Number(list.at(-1)?.id)].map((n) => (Number.isNaN(n) ? undefined : n));
    this.later.disabled = list.length < page;
    this.earlier.disabled = !this.after && list.length < page;
    this.told.textContent = list.length ? `${list.length} ${list.length === 1 ? "application" : "applications"}, newest first.` : "There are no such applications.";
    this.news(list);
    const focused = this.list.contains(document.activeElement) ? document.activeElement.id : "";
    show(this.list, list.length ? table("Applications", ["Id", "Domain", "Status", "Type", "Site", "Accepted"], [...list].reverse().map((a) => this.row(a))) : "");
    if (focused) document.getElementById(focused)?.focus();
    this.detail(one);
  }

  // news tells a screen reader what has become of applications on the page.
  news(list) {
    for (const a of list) {
      const before = this.states.get(a.id);
      if (before && before !== a.status) announce(`${a.domain}: ${a.status}.`);
      this.states.set(a.id, a.status);
    }
  }

  row(a) {
    const line = row(
      h("button", { type: "button", class: "link mono", id: `application-${a.id}`, "aria-expanded": String(a.id === this.chosen), onclick: () => this.choose(a.id) }, a.id),
      a.domain,
      badge(a.status),
      a.type,
      String(a.site_id),
      when(a.created_at),
    );
    if (a.id === this.chosen) line.className = "chosen";
    return line;
  }

  detail(a) {
    if (!a) return show(this.details);
    if (a.missing) return show(this.details, h("p", { class: "notice" }, a.missing));
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
    show(
      this.details,
      h("section", { class: "card details", "aria-label": `Application ${a.id}` }, h("h2", {}, `Application ${a.id}`), h("dl", {}, facts.map(([name, value]) => [h("dt", {}, name), h("dd", {}, value)]))),
    );
  }
}

function badge(status) {
  return h("span", { class: `badge ${{ Issued: "good", Failed: "bad" }[status] ?? ""}` }, status);
}
