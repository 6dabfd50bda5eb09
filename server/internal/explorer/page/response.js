// The response, and its explanation.

import { announce, block, h, show } from "./dom.js";
import { findError } from "./contract.js";
import { usual } from "./state.js";
import { difference, rewrittenHost, serverText } from "./difference.js";

const longest = 64 * 1024; // characters shown initially

/** showAnswer shows a response next to its request. */
export function showAnswer(pane, contract, request, answer, follow) {
  const body = parse(answer.text);
  const good = answer.status >= 200 && answer.status < 300 && body !== undefined;
  const code = typeof body?.Code === "string" ? body.Code : undefined;
  show(
    pane,
    h(
      "p",
      { class: "status" },
      h("span", { class: `badge ${good ? "good" : "bad"}`, id: "status" }, `${answer.status} ${answer.statusText}`.trim()),
      code && h("strong", { id: "code" }, code),
      h("span", { class: "soft", id: "duration" }, `${answer.milliseconds.toFixed(1)} ms`),
      h("span", { class: "soft" }, size(answer.text)),
    ),
    good ? accepted(contract, body, follow) : explain(contract, request, answer, body, follow),
    bodyBlock(answer.text, body),
    block("Headers", answer.headers.map(([name, value]) => `${name}: ${value}`).join("\n"), { id: "answer-headers" }),
  );
  announce(`Answer: ${answer.status} ${code ?? (good ? "accepted" : "")}`);
}

/** showFailure explains why no response arrived. */
export function showFailure(pane, error, ...more) {
  show(pane, h("div", { class: "told bad", id: "failure" }, h("h3", {}, "No answer"), h("p", {}, error.message), more));
  announce(error.message);
}

function parse(text) {
  try {
    const value = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : undefined;
  } catch {
    return undefined;
  }
}

// accepted summarizes the response to an accepted call. Applications have links.
function accepted(contract, body, follow) {
  const list = Array.isArray(body.Result) ? body.Result : [];
  if (contract.action !== usual) {
    const count = typeof body.TotalCount === "number" ? ` ${body.TotalCount} in total.` : "";
    return h("div", { class: "told good", id: "accepted" }, h("h3", {}, "The call was accepted"), h("p", {}, `${contract.summary}${count}`), logLine(body, follow));
  }
  return h(
    "div",
    { class: "told good", id: "accepted" },
    h("h3", {}, list.length === 1 ? "One application was accepted" : `${list.length} applications were accepted`),
    list.map((a) => h("p", {}, h("code", {}, String(a?.Domain)), ` is ${a?.Status}: `, h("button", { type: "button", class: "link", onclick: () => follow.application(String(a?.Id)) }, `application ${a?.Id}`))),
  );
}

function explain(contract, request, answer, body, follow) {
  if (body === undefined) return undocumented(answer);
  const error = findError(contract.errors, body.Code, body.Message);
  if (!error) {
    return h("div", { class: "told bad", id: "explained" }, h("h3", {}, "An error that the contract does not have"), h("p", {}, body.Message ? String(body.Message) : "It has no message."), logLine(body, follow));
  }
  const where = error.row ? `Row ${error.row} of the documented table` : error.gateway ? "An error of the gateway in front of the operation" : "An error of the operation that its page does not have";
  return h(
    "div",
    { class: "told bad", id: "explained" },
    h("h3", {}, `${where}: ${error.key}`),
    h("p", { id: "described" }, error.help),
    error.remedy && h("p", { id: "remedy" }, h("strong", {}, "What usually fixes it: "), error.remedy),
    clock(error, answer),
    logLine(body, follow),
    error.code === "SignatureDoesNotMatch" && parted(request, String(body.Message)),
  );
}

function logLine(body, follow) {
  if (!body.RequestId || !follow.data) return null;
  return h("p", {}, h("button", { type: "button", class: "link", onclick: () => follow.request(String(body.RequestId)) }, "What the server’s log says of this call"));
}

// clock compares the clocks if the time of the signature was rejected.
function clock(error, answer) {
  if (!["Unauthorized.InvalidTime", "InvalidTimeStamp.Expired"].includes(error.code)) return null;
  const date = new Map(answer.headers).get("date");
  const apart = date ? Math.round((answer.came - new Date(date)) / 1000) : NaN;
  if (Number.isNaN(apart)) return null;
  if (Math.abs(apart) < 5) return h("p", { id: "clock" }, "The clocks of this machine and of the server agree.");
  const [amount, unit] = Math.abs(apart) < 120 ? [Math.abs(apart), "seconds"] : [Math.round(Math.abs(apart) / 60), "minutes"];
  return h("p", { id: "clock" }, `The clock of this machine is ${amount} ${unit} ${apart > 0 ? "ahead of" : "behind"} the server’s. Set it, and call again.`);
}

function parted(request, message) {
  const theirs = serverText(message);
  if (!theirs) return h("p", {}, "The answer does not show what the server signed.");
  const ours = theirs.name === "canonical request" ? request.canonicalRequest : request.stringToSign;
  const found = difference(ours, theirs.text);
  if (found.same) {
    return h("p", { id: "parted" }, `Both sides signed the same ${theirs.name}, so the secret is not the one of this access key id.`);
  }
  const side = (title, pieces, name) =>
    h("div", { class: name }, h("h3", {}, title), h("pre", { id: `${name}-text`, tabindex: 0, role: "region", "aria-label": title }, pieces.map((p) => (p.marked ? h("mark", {}, p.text) : p.text))));
  const hosts = rewrittenHost(ours, theirs.text);
  return h(
    "div",
    { id: "parted" },
    hosts && h("p", { id: "hosts" }, `Signed for host ${hosts.signed}, received for host ${hosts.received}. A proxy on the way rewrote the Host header: have it pass the header unchanged, or enter the endpoint by the name that the server receives.`),
    h("p", {}, `The two sides signed different texts; what differs is marked. Something on the way, as a proxy, changed the request.`),
    h("div", { class: "two" }, side(`The ${theirs.name} of this page`, found.ours, "ours"), side(`The ${theirs.name} of the server`, found.theirs, "theirs")),
  );
}

// undocumented describes a response that is not a JSON object.
function undocumented(answer) {
  const type = new Map(answer.headers).get("content-type") ?? "";
  const html = /html/i.test(type) || /^\s*<(!doctype|html)/i.test(answer.text);
  const what = answer.text === "" ? "is empty" : html ? "is an HTML page" : `is no JSON object (${type || "without a type"})`;
  const hint =
    answer.status === 414
      ? "The request’s URL is too long: send the parameters in a form body, or fewer of them."
      : answer.status === 413
        ? "The request’s body is too large: send fewer names per call."
        : "Something else answered in the place of the API: a proxy, a load balancer, or the gateway before it. The status says most.";
  return h("div", { class: "told bad", id: "explained" }, h("h3", {}, `This answer ${what}`), h("p", {}, "The API answers with JSON. " + hint));
}

function bodyBlock(text, body) {
  const formatted = body === undefined ? text : JSON.stringify(body, null, 2);
  if (formatted === "") return block("Body", "", { id: "answer-body", code: "(empty)" });
  if (formatted.length <= longest) return block("Body", formatted, { id: "answer-body" });
  const section = block("Body", text, {
    id: "answer-body",
    code: formatted.slice(0, longest) + "…",
    note: `The body is long (${size(text)}); its beginning is shown. “Copy” copies all of it.`,
  });
  const more = h("button", { type: "button", class: "more" }, "Show all of it");
  more.addEventListener("click", () => {
    section.querySelector("pre").textContent = formatted;
    more.remove();
  });
  section.append(more);
  return section;
}

function size(text) {
  const bytes = new TextEncoder().encode(text).length;
  return bytes < 10_000 ? `${bytes} bytes` : bytes < 10_000_000 ? `${Math.round(bytes / 1000)} kB` : `${Math.round(bytes / 1e6)} MB`;
}
