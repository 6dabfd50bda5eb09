// Samples for a shell: the vendor's command, and curl with a signature.

import { lines, run, shell } from "./samples-text.js";

export function aliyun(view) {
  const region = /^esa\.([a-z0-9-]+)\.aliyuncs\.com$/.exec(view.host)?.[1] ?? "cn-hangzhou";
  const command = [
    `aliyun ${view.contract.product.toLowerCase()} ${view.action}`,
    ...view.params.map(([name, value]) => `--${name} ${shell(value)}`),
    `--version ${view.version} --force`,
    `--region ${region} --endpoint ${shell(view.host)}${view.protocol === "http" ? " --insecure" : ""}`,
    view.method === "POST" ? null : `--method ${view.method}`,
  ];
  const notes = [
    view.protocol === "http" && "With --insecure this command speaks HTTP.",
    view.scheme === "rpc" || view.place === "form" ? "The command chooses the signature, and where the parameters go, by itself." : "",
  ];
  return {
    id: "aliyun",
    title: "aliyun",
    install: "brew install aliyun-cli # or a release of https://github.com/aliyun/aliyun-cli",
    code: run(view, command.filter(Boolean).join(" \\\n  ")),
    note: notes.filter(Boolean).join(" ") || undefined,
  };
}

export function curl(view) {
  const { request } = view;
  const code = lines(
    [
      `curl -sS${view.host.startsWith("[") ? "g" : ""} -X ${request.method} ${shell(request.url)}`,
      ...request.headers.filter(([name]) => name !== "host").map(([name, value]) => `-H ${shell(`${name}: ${value}`)}`),
      request.body && `--data-raw ${shell(request.body)}`,
    ]
      .filter(Boolean)
      .join(" \\\n  "),
  );
  const note = "The signature is good for one call within 15 minutes. “Copy” signs anew each time.";
  return { id: "curl", title: "curl", code, note, fresh: true };
}
