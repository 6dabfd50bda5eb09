// The form: its parameters are made from the contract.

import { $, h, show } from "./dom.js";

const kept = "explorer-credentials"; // in the session's storage, if asked for

/** Form holds what a person has filled in. */
export class Form {
  constructor(contract, settings, changed) {
    this.contract = contract;
    this.root = settings.root;
    this.parameters = new Map();
    show($("parameters"), contract.parameters.map((p) => this.field(p)));
    show($("method"), contract.methods.map((m) => h("option", {}, m)));
    const own = location.origin;
    show($("endpoints"), [own, ...contract.servers.map((s) => s.url)].filter((u) => !u.includes("{")).map((u) => h("option", { value: u })));
    $("endpoint").value = own;
    this.restore(settings.credentials);
    $("form").addEventListener("input", () => {
      this.settle();
      changed();
    });
    $("remember").addEventListener("change", () => this.keep());
    this.settle();
  }

  field(p) {
    const id = `p-${p.name}`;
    const kind = p.choices.length ? "choice" : [p.type, p.format].filter(Boolean).join(", ");
    const input = p.choices.length
      ? h("select", { id }, h("option", { value: "" }, p.default ? `(left out: ${p.default})` : "(left out)"), p.choices.map((c) => h("option", { value: c }, c)))
      : p.type === "string"
        ? h("textarea", { id, rows: 2, spellcheck: "false", autocapitalize: "off", placeholder: p.example })
        : h("input", { id, inputmode: "numeric", spellcheck: "false", placeholder: p.example });
    input.setAttribute("aria-describedby", `${id}-help`);
    if (p.required) input.setAttribute("aria-required", "true");
    this.parameters.set(p.name, input);
    return h(
      "div",
      { class: "field" },
      h("span", { class: "kind", "aria-hidden": "true" }, kind),
      h("label", { for: id }, p.name, p.required ? h("span", { class: "must" }, " required") : ""),
      input,
      h("p", { class: "help", id: `${id}-help` }, `${p.help} `, h("span", { id: `${id}-hint` })),
    );
  }

  // settle shows what the choices mean for each other.
  settle() {
    const get = $("method").value === "GET";
    const inForm = $("place").querySelector('[value="form"]');
    inForm.disabled = get;
    inForm.textContent = get ? "Form body (not with GET)" : "Form body";
    if (get) $("place").value = "query";
    for (const p of this.contract.parameters) {
      const value = this.parameters.get(p.name).value.trim();
      const odd = p.type === "integer" && value !== "" && !/^-?\d+$/.test(value);
      $(`p-${p.name}-hint`).textContent = odd ? `This is no ${p.type}; it is sent as it stands.` : "";
    }
    $("endpoint-help").textContent = this.problem() ?? "";
    this.keep();
  }

  /** problem says why a call cannot be sent from this page; undefined if it can. */
  problem() {
    const endpoint = this.endpoint();
    if (!endpoint) return "Endpoint must be a URL of a host, as http://127.0.0.1:8080.";
    if (endpoint !== location.origin) {
      return `A page may call only the server that it comes from (${location.origin}): browsers and the page's own policy forbid other hosts. The request is signed for the endpoint, and can be sent with the curl line.`;
    }
    return undefined;
  }

  /** endpoint is scheme and host, or undefined for what is no URL. */
  endpoint() {
    const text = $("endpoint").value.trim();
    if (/\s/.test(text)) return undefined;
    try {
      const url = new URL(text.includes("://") ? text : `https://${text}`);
      return /^https?:$/.test(url.protocol) && url.host ? url.origin : undefined;
    } catch {
      return undefined;
    }
  }

  /** call is what sign needs, but for date and nonce. An empty field is left out. */
  call() {
    return {
      scheme: $("scheme").value,
      method: $("method").value,
      place: $("place").value,
      endpoint: this.endpoint(),
      action: this.contract.action,
      version: this.contract.apiVersion,
      params: [...this.parameters].filter(([, input]) => input.value !== "").map(([name, input]) => [name, input.value]),
      root: this.endpoint() === location.origin ? this.root : undefined,
      keyId: $("key-id").value.trim(),
      secret: $("secret").value,
      token: $("token").value.trim(),
    };
  }

  /** fill sets parameters and choices; what it does not know stays as it is. */
  fill(values) {
    for (const [name, value] of Object.entries(values)) {
      const input = this.parameters.get(name) ?? { endpoint: $("endpoint"), scheme: $("scheme"), method: $("method"), place: $("place") }[name];
      if (!input || value === undefined) continue;
      if (input.tagName === "SELECT" && ![...input.options].some((o) => o.value === value)) {
        // What the contract does not list can be tried too.
        if (!this.parameters.has(name)) continue;
        input.append(h("option", { value }, `${value} (not in the contract)`));
      }
      input.value = value;
    }
    this.settle();
  }

  /** state is what a link carries: no key, no secret, no token. */
  state() {
    const state = Object.fromEntries([...this.parameters].map(([name, input]) => [name, input.value]).filter(([, v]) => v !== ""));
    for (const [name, usual] of [["endpoint", location.origin], ["scheme", "acs3"], ["method", this.contract.methods[0]], ["place", "query"]]) {
      if ($(name).value !== usual) state[name] = $(name).value;
    }
    return state;
  }

  restore(known) {
    let stored;
    try {
      stored = JSON.parse(sessionStorage.getItem(kept));
    } catch {
      stored = null; // no storage here, or not ours
    }
    $("remember").checked = Boolean(stored);
    $("key-id").value = stored?.keyId ?? known?.accessKeyId ?? "";
    $("secret").value = stored?.secret ?? known?.accessKeySecret ?? "";
    $("token").value = stored?.token ?? "";
  }

  keep() {
    try {
      if (!$("remember").checked) return sessionStorage.removeItem(kept);
      sessionStorage.setItem(kept, JSON.stringify({ keyId: $("key-id").value, secret: $("secret").value, token: $("token").value }));
    } catch {
      $("remember").checked = false; // the browser keeps nothing for this page
    }
  }
}
