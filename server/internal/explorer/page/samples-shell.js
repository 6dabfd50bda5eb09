// Samples for a shell: the vendor's command, and curl with a signature.

import { documented, lines, run, shell } from "./samples-text.js";

/**
 * aliyun prints a line for version 3 of the vendor's command. It must not name
 * the API version, which the command knows and rejects. --force skips the
 * command's checks, and then the method is GET unless the line says otherwise.
 */
export function aliyun(view) {
  const region = /^esa\.([a-z0-9-]+)\.aliyuncs\.com$/.exec(view.host)?.[1] ?? "cn-hangzhou";
  const force = !view.contract.parameters.every((p) => !p.required || view.values[p.name] !== undefined) || !view.params.every(([name]) => documented.includes(name));
  const command = [
    `aliyun ${view.contract.product.toLowerCase()} ${view.action}`,
    ...view.params.map(([name, value]) => option(name, value)),
    `--region ${region} --endpoint ${shell(view.host)}${view.protocol === "http" ? " --insecure" : ""}`,
    view.root && "--skip-secure-verify",
    force && "--force",
    (force || view.method !== "POST") && `--method ${view.method}`,
  ];
  const notes = [
    view.protocol === "http" ? "With --insecure this command uses HTTP." : own(view.host) && !view.root && "If the server has a certificate that your system does not trust, add --skip-secure-verify.",
    view.root && "With --skip-secure-verify it does not verify the server's certificate.",
    force && "With --force this command does not check the parameters.",
    (view.scheme === "acs3" || view.place === "form") && "The command always uses signature 1.0 and sends the parameters in the query.",
  ];
  return {
    id: "aliyun",
    title: "aliyun",
    install: "brew install aliyun-cli # or a release of https://github.com/aliyun/aliyun-cli",
    code: run(view, command.filter(Boolean).join(" \\\n  ")),
    note: notes.filter(Boolean).join(" ") || undefined,
  };
}

// option formats a parameter. The command parses a value that begins with a
// hyphen as a flag, unless it is joined to the name.
const option = (name, value) => (value.startsWith("-") ? `--${name}=${shell(value)}` : `--${name} ${shell(value)}`);

const own = (host) => !host.endsWith(".aliyuncs.com");

export function curl(view) {
  const { request } = view;
  const code = lines(
    [
      `curl -sS${view.host.startsWith("[") ? "g" : ""} -X ${request.method} ${shell(request.url)}`,
      ...request.headers.filter(([name]) => name !== "host").map(([name, value]) => `-H ${shell(`${name}: ${value}`)}`),
      view.root && `--cacert ${shell(view.root)}`,
      request.body && `--data-raw ${shell(request.body)}`,
    ]
      .filter(Boolean)
      .join(" \\\n  "),
  );
  const note = "The signature is good for one call within 15 minutes. “Copy” signs anew each time.";
  return { id: "curl", title: "curl", code, note, fresh: true };
}
