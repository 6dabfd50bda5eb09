// The documentation of the operation, from the contract.

import { block, h, inline, prose, row, show, table } from "./dom.js";

/** showDocument writes the documentation; the policy is that of the site in the form. */
export function showDocument(pane, contract, call) {
  const site = call.params.find(([name]) => name === siteParameter(contract))?.[1];
  show(
    pane,
    h(
      "article",
      { class: "card document" },
      h("h2", {}, contract.action),
      prose(contract.description),
      h("p", {}, "The contract as OpenAPI: ", file(`${contract.action.toLowerCase()}.yaml`, "this operation"), ", ", file("all.yaml", "all operations"), "."),
      h("h2", {}, "Parameters"),
      table("Parameters", ["Name", "Type", "Required", "Description", "Example"], contract.parameters.map(parameterRow)),
      decisions("What the documentation is silent on", contract.parameters.flatMap((p) => p.decisions.map((d) => ({ ...d, of: p.name })))),
      h("h2", {}, "Answer"),
      table("Fields of the answer", ["Name", "Type", "Description", "Example"], contract.answer.map((f) => row(h("code", {}, f.name), f.type, words(f.help), mono(f.example)))),
      contract.example && [block("Example", JSON.stringify(contract.example.value, null, 2)), h("p", { class: "help" }, contract.example.description)],
      decisions("How the operation decides", contract.decisions),
      h("h2", {}, "Errors of the operation"),
      errorTable("Errors of the operation", contract.errors.filter((e) => !e.gateway)),
      h("h2", {}, "Errors of the gateway"),
      h("p", { class: "soft" }, "The gateway is in front of the operation: it checks who is calling and whether the request is well formed."),
      errorTable("Errors of the gateway", contract.errors.filter((e) => e.gateway)),
      permission(contract, site),
    ),
  );
}

const siteParameter = (contract) => /site\/\{#(\w+)\}$/.exec(contract.ram.resources[0].arn)?.[1];
const file = (name, label) => h("a", { href: `spec/${name}`, download: `esa-${name}` }, label);
const words = (text) => h("span", { class: "words" }, inline(text ?? ""));
const mono = (value) => (value === undefined ? "" : h("code", {}, String(value)));

function parameterRow(p) {
  const limits = Object.entries(p.limits).map(([name, l]) =>
    h("li", {}, h("code", {}, name), `: at most ${l.maxDomains} ${l.maxDomains === 1 ? "name" : "names"}; ${[l.plain && "plain names", l.wildcard && "wildcards"].filter(Boolean).join(" and ")}`),
  );
  return row(h("code", {}, p.name), [p.type, p.format].filter(Boolean).join(", "), p.required ? "yes" : "no", h("div", {}, words(p.help), limits.length > 0 && h("ul", {}, limits)), mono(p.example));
}

function errorTable(caption, errors) {
  return table(
    caption,
    ["Row", "Status", "Code", "Message", "Meaning", "What usually fixes it"],
    errors.map((e) => row(e.row ? String(e.row) : "–", String(e.status), h("code", {}, e.code), words(e.message), words(e.help), words(e.remedy))),
  );
}

function decisions(title, list) {
  if (!list.length) return null;
  return h(
    "details",
    {},
    h("summary", {}, title),
    table(title, ["Question", "Decision", "Evidence"], list.map((d) => row(d.of ? `${d.of}: ${d.question}` : d.question, words(d.decision), d.evidence))),
  );
}

function permission(contract, site) {
  const arn = contract.ram.resources[0].arn.replace("{#regionId}", "*").replace("{#accountId}", "*").replace(/\{#\w+\}/, site || "*");
  const policy = {
    Version: "1",
    Statement: [{ Effect: "Allow", Action: contract.ram.operation, Resource: arn }],
  };
  return [
    h("h2", {}, "Permission"),
    table("Permission", ["Action", "Access level", "Resource"], [row(h("code", {}, contract.ram.operation), contract.ram.accessLevel, mono(contract.ram.resources[0].arn))]),
    block("Policy", JSON.stringify(policy, null, 2), { id: "policy", note: scope(contract, site) }),
  ];
}

function scope(contract, site) {
  if (!siteParameter(contract)) return "RAM cannot limit this operation to one site, so it allows this call for every site.";
  return site ? `It allows this call for the site of the form, ${site}, and nothing else.` : "The form has no site, so it allows this call for every site.";
}
