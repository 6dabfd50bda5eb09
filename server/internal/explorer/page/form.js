// The form: its parameters are built from the contract of the chosen operation.

import { $, h, show } from "./dom.js";
import { isConfidential } from "./redact.js";

const kept = "explorer-credentials"; // in the session storage, if requested

/** Form manages the user's input. */
export class Form {
  constructor(contract, settings, changed) {
    this.root = settings.root;
    this.drafts = new Map(); // values of the other operations, by action
    this.parameters = new Map();
    $("endpoint").value = location.origin;
    this.restore(settings.credentials);
    this.use(contract);
    $("form").addEventListener("input", () => {
      this.settle();
      changed();
    });
    $("remember").addEventListener("change", () => this.keep());
  }

  /** use shows the parameters of an operation, with the values it had before. */
  use(contract) {
    const site = this.site();
    if (this.contract) this.drafts.set(this.contract.action, this.values());
    this.contract = contract;
    this.parameters = new Map();
    show($("parameters"), contract.parameters.map((p) => this.field(p)));
    show($("method"), contract.methods.map((m) => h("option", {}, m)));
    show($("endpoints"), [location.origin, ...contract.servers.map((s) => s.url)].filter((u) => !u.includes("{")).map((u) => h("option", { value: u })));
    $("place").value = this.usualPlace();
    this.fill({ ...site, ...this.drafts.get(contract.action) });
  }

  // site returns the value of the required number, which operations share.
  site() {
    const p = this.contract?.parameters.find((one) => one.required && one.type === "integer");
    return p && { [p.name]: this.parameters.get(p.name).value };
  }

  // values returns all values that are not empty, confidential ones too.
  values() {
    return Object.fromEntries([...this.parameters].map(([name, input]) => [name, input.value]).filter(([, v]) => v !== ""));
  }

  usualPlace() {
    return this.contract.form ? "form" : "query";
  }

  field(p) {
    const id = `p-${p.name}`;
    const kind = p.choices.length ? "choice" : [p.type, p.format].filter(Boolean).join(", ");
    const choices = p.type === "boolean" ? ["true", "false"] : p.choices;
    const input = choices.length
      ? h("select", { id }, h("option", { value: "" }, p.default ? `(left out: ${p.default})` : "(left out)"), choices.map((c) => h("option", { value: c }, c)))
      : p.type === "string"
        ? h("textarea", { id, rows: rows(p), class: p.confidential && "confidential", spellcheck: "false", autocapitalize: "off", autocomplete: "off", placeholder: p.example })
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
      h("p", { class: "help", id: `${id}-help` }, `${p.help} `, p.confidential && "It is sent, but not kept in links and samples. ", h("span", { id: `${id}-hint` })),
    );
  }

  // settle updates the choices that depend on each other.
  settle() {
    const get = $("method").value === "GET";
    const [inQuery, inForm] = ["query", "form"].map((place) => $("place").querySelector(`[value="${place}"]`));
    inForm.disabled = get;
    inForm.textContent = get ? "Form body (not with GET)" : "Form body";
    if (get) $("place").value = "query";
    // Servers and proxies log addresses, so confidential values never travel there.
    inQuery.disabled = this.contract.parameters.some((p) => p.confidential);
    if (inQuery.disabled) $("place").value = "form";
    for (const p of this.contract.parameters) {
      const value = this.parameters.get(p.name).value.trim();
      const odd = p.type === "integer" && value !== "" && !/^-?\d+$/.test(value);
      $(`p-${p.name}-hint`).textContent = odd ? `This is not an ${p.type}; it is sent unchanged.` : "";
    }
    $("endpoint-help").textContent = this.problem() ?? "";
    this.keep();
  }

  /** problem returns why this page cannot send a call; undefined if it can. */
  problem() {
    const endpoint = this.endpoint();
    if (!endpoint) return "Endpoint must be a URL of a host, as http://127.0.0.1:8080.";
    if (endpoint !== location.origin) {
      return `A page may call only the server that it comes from (${location.origin}): browsers and the page's own policy forbid other hosts. The request is signed for the endpoint, and can be sent with the curl line.`;
    }
    return undefined;
  }

  /** endpoint returns scheme and host, or undefined for an invalid URL. */
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

  /** call returns the input of sign, except date and nonce. Empty fields are omitted. */
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

  /** fill sets parameters and choices; unknown names are ignored. */
  fill(values) {
    for (const [name, value] of Object.entries(values)) {
      const input = this.parameters.get(name) ?? { endpoint: $("endpoint"), scheme: $("scheme"), method: $("method"), place: $("place") }[name];
      if (!input || value === undefined) continue;
      if (input.tagName === "SELECT" && ![...input.options].some((o) => o.value === value)) {
        // Values that the contract does not list can be tried too.
        if (!this.parameters.has(name)) continue;
        input.append(h("option", { value }, `${value} (not in the contract)`));
      }
      input.value = value;
    }
    this.settle();
  }

  /** state returns the content of a link: no key, no secret, no token. */
  state() {
    const state = Object.fromEntries(Object.entries(this.values()).filter(([name]) => !isConfidential(this.contract, name)));
    for (const [name, usual] of [["endpoint", location.origin], ["scheme", "acs3"], ["method", this.contract.methods[0]], ["place", this.usualPlace()]]) {
      if ($(name).value !== usual) state[name] = $(name).value;
    }
    return state;
  }

  restore(known) {
    let stored;
    try {
      stored = JSON.parse(sessionStorage.getItem(kept));
    } catch {
      stored = null; // storage unavailable, or invalid content
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
      $("remember").checked = false; // storage is disabled for this page
    }
  }
}

// rows returns the height of a field: keys and certificates have many lines, lists
// of names may be long.
function rows(p) {
  const example = String(p.example ?? "");
  return example.startsWith("-----BEGIN") ? 6 : example.includes(",") ? 2 : 1;
}
