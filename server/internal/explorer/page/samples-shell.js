// Samples for a shell: the vendor's command, and curl with a signature.

import { lines, run, shell } from "./samples-text.js";

/**
 * aliyun prints a line for version 3 of the vendor's command. It must not name
 * the API version, which the command knows and rejects. --force skips the
 * command's checks, and then the method is GET unless the line says otherwise.
 */
export function aliyun(view) {
  const region = /^esa\.([a-z0-9-]+)\.aliyuncs\.com$/.exec(view.host)?.[1] ?? "cn-hangzhou";
  const force = !known(view);
  const command = [
    `aliyun ${view.contract.product.toLowerCase()} ${view.action}`,
    ...view.params.map(option),
    `--region ${region} --endpoint ${shell(view.host)}${view.protocol === "http" ? " --insecure" : ""}`,
    view.root && "--skip-secure-verify",
    force && "--force",
    (force || view.method !== "POST") && `--method ${view.method}`,
  ];
  const notes = [
    view.protocol === "http" ? "With --insecure this command uses HTTP." : own(view.host) && !view.root && "If the server has a certificate that your system does not trust, add --skip-secure-verify.",
    view.root && "With --skip-secure-verify it does not verify the server's certificate.",
    force && "With --force this command does not check the parameters.",
    view.contract.form && !force
      ? "The command always uses signature 1.0."
      : (view.scheme === "acs3" || view.place === "form") && "The command always uses signature 1.0 and sends the parameters in the query.",
  ];
  return {
    id: "aliyun",
    title: "aliyun",
    install: "brew install aliyun-cli # or a release of https://github.com/aliyun/aliyun-cli",
    code: run(view, command.filter(Boolean).join(" \\\n  ")),
    note: notes.filter(Boolean).join(" ") || undefined,
  };
}

// known reports whether the command's own description of the operation, which
// follows the documented page, permits the parameters. Operations without a page
// have no documented example either.
function known({ contract, params, values }) {
  const documented = (name) => contract.parameters.some((p) => p.name === name && p.evidence === "documented");
  return contract.example !== undefined && contract.parameters.every((p) => !p.required || values[p.name] !== undefined) && params.every((p) => documented(p.name));
}

// option formats a parameter. The command parses a value that begins with a
// hyphen as a flag, unless it is joined to the name.
function option({ name, value, file }) {
  if (file) return `--${name}="$(cat ${shell(file)})"`;
  return value.startsWith("-") ? `--${name}=${shell(value)}` : `--${name} ${shell(value)}`;
}

const own = (host) => !host.endsWith(".aliyuncs.com");

export function curl(view) {
  const { request } = view;
  const code = lines(
    [
      `curl -sS${view.host.startsWith("[") ? "g" : ""} -X ${request.method} ${shell(request.url)}`,
      ...request.headers.filter(([name]) => name !== "host").map(([name, value]) => `-H ${shell(`${name}: ${value}`)}`),
      view.root && `--cacert ${shell(view.root)}`,
      ...body(view),
    ]
      .filter(Boolean)
      .join(" \\\n  "),
  );
  const note = ["The signature is valid for one call within 15 minutes. “Copy” signs again each time.", view.params.some((p) => p.file) && "The file must be PEM, and the same as in the form."].filter(Boolean).join(" ");
  return { id: "curl", title: "curl", code, note, fresh: true };
}

// encoded is a command that prints a PEM file as it is encoded in a signed form.
// (curl's own --data-urlencode encodes a space as +, which has another hash.)
const encoded = (p) => `$(sed 's/+/%2B/g; s#/#%2F#g; s/=/%3D/g; s/ /%20/g; s/$/%0A/' ${shell(p.file)} | tr -d '\\r\\n'${p.endsLine ? "" : " | sed 's/%0A$//'"})`;

// body returns the option for the body, with confidential values from their files.
function body({ request, params }) {
  if (!request.body) return [];
  const files = new Map(params.filter((p) => p.file).map((p) => [p.name, p]));
  const words = [];
  let rest = "";
  for (const [i, pair] of request.body.split("&").entries()) {
    const [name] = pair.split("=");
    const p = files.get(decodeURIComponent(name));
    rest += (i > 0 ? "&" : "") + (p ? `${name}=` : pair);
    if (!p) continue;
    words.push(shell(rest), `"${encoded(p)}"`);
    rest = "";
  }
  if (rest) words.push(shell(rest));
  return [`--data-raw ${words.join("")}`];
}
