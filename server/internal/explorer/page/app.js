// The page: connects its components.

import { $, announce, h, show } from "./dom.js";
import { load, operations } from "./contract.js";
import { Form } from "./form.js";
import { canSign, Insecure, newNonce, sign } from "./sign.js";
import { send } from "./send.js";
import { showAnswer, showFailure } from "./response.js";
import { showRequest } from "./request.js";
import { Code } from "./code.js";
import { redactor, redactRequest } from "./redact.js";
import { showDocument } from "./documentation.js";
import { Log } from "./journal.js";
import { Applications } from "./applications.js";
import { tabs } from "./tabs.js";
import * as state from "./state.js";

const delay = 150; // milliseconds before a change of the form is shown

class Explorer {
  constructor(contract, settings, shared) {
    this.contract = contract;
    this.settings = settings;
    this.contracts = new Map([[contract.action, contract]]);
    this.looked = { operation: contract.action, view: "", result: "", code: "", application: "" };
    this.form = new Form(contract, settings, () => this.changed());
    this.form.fill(shared);
    this.head();
    this.code = new Code($("pane-code"), (id) => this.look({ code: id }));
    this.log = new Log($("view-log"), settings);
    this.applications = new Applications($("view-applications"), settings, (id) => this.look({ application: id }));
    this.view = tabs($("views"), (id) => this.viewed(id.replace("tab-", "")));
    this.result = tabs($("results"), (id) => this.look({ result: id === "tab-answer" ? "" : id.replace("tab-", "") }));
    this.rows();
    this.wire();
    if (shared.code) this.code.select(shared.code);
    if (shared.result) this.result(`tab-${shared.result}`);
    if (shared.application) this.applications.choose(shared.application);
    if (shared.view) this.view(`tab-${shared.view}`);
    this.changed();
  }

  head() {
    $("title").textContent = this.contract.action;
    $("operation").value = this.contract.action;
    $("summary").textContent = `${this.contract.title.split(",")[0]}, ${this.contract.apiVersion}. ${this.contract.summary}`;
    document.title = `Explorer: ${this.contract.action}`;
    if (!canSign()) notice(new Insecure().message);
  }

  /** choose shows the form, the samples and the documentation of another operation. */
  async choose(action) {
    this.chosen = action;
    let contract = this.contracts.get(action);
    try {
      contract ??= await load(action);
    } catch (error) {
      if (this.chosen !== action) return;
      $("operation").value = this.contract.action;
      return notice(error.message);
    }
    this.contracts.set(action, contract);
    if (this.chosen !== action || action === this.contract.action) return;
    this.running?.abort();
    show($("notice"));
    this.contract = contract;
    this.form.use(contract);
    this.head();
    this.rows();
    show($("pane-answer"), h("p", { class: "empty" }, "The operation was not called yet. “Call” sends the request."));
    this.look({ operation: action });
    if (this.looked.view === "document") this.document();
    this.changed();
    announce(`The form is that of ${action}.`);
  }

  wire() {
    $("form").addEventListener("submit", (event) => {
      event.preventDefault();
      this.call();
    });
    $("form").addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
        event.preventDefault();
        $("form").requestSubmit();
      }
    });
    $("cancel").addEventListener("click", () => this.running?.abort());
    $("example").addEventListener("click", () => this.fill(this.example(), "the example"));
    $("operation").addEventListener("input", () => this.choose($("operation").value));
  }

  example() {
    return Object.fromEntries(this.contract.parameters.map((p) => [p.name, String(p.example ?? "")]));
  }

  /** rows creates a button for each error that a site can cause. */
  rows() {
    const site = this.contract.parameters.find((p) => p.type === "integer")?.name;
    const known = this.settings.scenarios?.[this.contract.action] ?? {};
    const errors = this.contract.errors.filter((e) => e.row > 0 || (!e.gateway && known[e.key]));
    // Without a site among its parameters, an operation has no such errors.
    $("scenarios").hidden = this.contract.action !== state.usual && Object.keys(known).length === 0;
    show(
      $("rows"),
      errors.map((e) => {
        const id = known[e.key];
        const fill = () => this.fill({ ...this.example(), [site]: id }, `the scenario of ${e.key}`);
        return h("button", { type: "button", id: `row-${e.row || e.key}`, disabled: !id, title: id ? e.help : "The server’s configuration has no site that causes this error.", onclick: fill }, h("span", { class: "number" }, String(e.row || "–")), e.key);
      }),
    );
  }

  fill(values, what) {
    this.form.fill(values);
    this.changed();
    announce(`Filled in ${what}.`);
    $("call").focus();
  }

  look(what) {
    Object.assign(this.looked, what);
    this.remember();
  }

  viewed(view) {
    this.look({ view: view === "call" ? "" : view });
    this.log.visible(view === "log");
    this.applications.visible(view === "applications");
    if (view === "document") this.document();
  }

  document() {
    showDocument($("view-document"), this.contract, this.form.call());
  }

  remember() {
    clearTimeout(this.later);
    this.later = setTimeout(() => state.write(this.form.state(), this.looked), delay);
  }

  /** changed updates request and code after a change of the form. */
  changed() {
    this.remember();
    clearTimeout(this.preview);
    this.preview = setTimeout(() => this.present(), delay);
  }

  async present() {
    const call = this.form.call();
    if (!call.endpoint || !canSign()) return show($("pane-request"), h("p", { class: "empty" }, call.endpoint ? new Insecure().message : this.form.problem()));
    const signed = () => this.sign(call);
    const { contract } = this;
    const request = await signed();
    if (contract !== this.contract) return; // another operation was chosen
    showRequest($("pane-request"), redactRequest(request, redactor(call, contract)));
    this.code.update(call, contract, signed);
  }

  sign(call) {
    return sign({ ...call, date: new Date(), nonce: newNonce() });
  }

  async call() {
    this.running?.abort();
    const call = this.form.call();
    const { contract } = this;
    const redact = redactor(call, contract);
    const pane = $("pane-answer");
    this.result("tab-answer");
    const missing = [!call.keyId && "access key id", !call.secret && "access key secret"].filter(Boolean);
    if (call.endpoint && missing.length) return showFailure(pane, new Error(`Nothing was sent: a call is signed with an access key, and the ${missing.join(" and the ")} is missing.`));
    const running = (this.running = new AbortController());
    clearTimeout(this.preview);
    let request;
    try {
      if (!call.endpoint) throw new Error(`Nothing was sent. ${this.form.problem()}`);
      request = await this.sign(call);
      const displayed = redactRequest(request, redact);
      showRequest($("pane-request"), displayed);
      this.code.update(call, contract, () => this.sign(call));
      if (this.form.problem()) throw new Error(`Nothing was sent. ${this.form.problem()}`);
      this.busy(true);
      const answer = await send(request, running.signal);
      if (contract !== this.contract) return; // another operation was chosen
      showRequest($("pane-request"), displayed, new Date());
      showAnswer(pane, contract, displayed, { ...answer, text: redact(answer.text) }, this.follow());
    } catch (error) {
      if (contract !== this.contract) return;
      const link = request && this.form.problem() && h("p", {}, h("button", { type: "button", class: "link", onclick: () => this.curl() }, "The curl line"), " · ", h("button", { type: "button", class: "link", onclick: () => this.result("tab-request") }, "The signed request"));
      showFailure(pane, error, link);
    } finally {
      if (this.running === running) this.busy(false);
    }
    // Scroll to the start of the response; on a narrow screen it is below the form.
    $("result").scrollTop = 0;
    const { top, bottom } = $("result").getBoundingClientRect();
    if (top > innerHeight * 0.75 || bottom < innerHeight * 0.25) $("result").scrollIntoView();
  }

  curl() {
    this.code.select("curl");
    this.result("tab-code");
  }

  busy(on) {
    $("call").textContent = on ? "Calling…" : "Call";
    $("call").setAttribute("aria-busy", String(on));
    $("cancel").hidden = !on;
  }

  follow() {
    return {
      data: this.settings.data,
      application: (id) => {
        this.applications.choose(id);
        this.view("tab-applications");
      },
      request: (id) => {
        this.log.choose(id);
        this.view("tab-log");
      },
    };
  }
}

function notice(text, ...more) {
  show($("notice"), h("div", { class: "notice bad" }, h("p", {}, text), more));
}

async function settings() {
  try {
    const response = await fetch("settings.json");
    return response.ok ? await response.json() : {};
  } catch {
    return {};
  }
}

async function start() {
  try {
    const shared = state.read();
    const wanted = shared.operation ?? state.usual;
    const [list, known] = await Promise.all([operations(), settings()]);
    const listed = list.some((one) => one.action === wanted);
    const contract = await load(listed ? wanted : state.usual);
    show($("notice"));
    $("call").disabled = false;
    $("operation").disabled = false;
    show($("operation"), list.map((one) => h("option", {}, one.action)));
    new Explorer(contract, known, listed ? shared : {});
    if (!listed) notice(`The link is for the operation ${wanted}, which this server does not describe. The form is that of ${contract.action}.`);
    document.documentElement.dataset.ready = "true";
  } catch (error) {
    // Without the contract there is no form, so offer a retry.
    $("call").disabled = true;
    show($("parameters"), h("p", { class: "soft" }, "There is no form without it."));
    notice(error.message, h("p", {}, h("button", { type: "button", class: "link", onclick: start }, "Try again")));
  }
}

start();
