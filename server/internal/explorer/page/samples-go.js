// Samples in Go: this project's SDK, and the vendor's core.

import { isInt64, lines, literal, run } from "./samples-text.js";

export function go(view) {
  const sample = { id: "esacert", title: "Go", file: "main.go", install: "go mod init example\ngo get github.com/esacert/esacert@latest", run: run(view, "go run .", "SSL_CERT_FILE") };
  const notes = [view.place === "form" && !view.contract.form && "This SDK sends the parameters in the query.", trusted(view)];
  const fields = [];
  for (const p of view.params) {
    const known = view.contract.parameters.find((one) => one.name === p.name);
    if (!known) continue;
    const { value, problem } = goValue(p, known);
    if (problem) return { ...sample, code: "", run: "", note: `In this SDK ${goName(p.name)} is ${problem}, and the ${p.name} of the form is not: the call cannot be written with it.` };
    if (["0", "false"].includes(value)) notes.push(`This SDK does not send ${p.name} if it is ${value}.`);
    fields.push([goName(p.name), value]);
  }
  const files = view.params.filter((p) => p.file);
  const width = Math.max(...fields.map(([name]) => name.length));
  const code = lines(
    "package main",
    "",
    "import (",
    '\t"context"',
    '\t"encoding/json"',
    '\t"log"',
    '\t"os"',
    "",
    '\t"github.com/esacert/esacert/client"',
    view.scheme !== "acs3" && '\t"github.com/esacert/esacert/client/signature"',
    ")",
    "",
    "func main() {",
    "\tc, err := client.New(",
    `\t\tclient.WithEndpoint(${literal(view.endpoint)}),`,
    view.scheme !== "acs3" && `\t\tclient.WithSignature(signature.${view.scheme === "rpc" ? "RPCHMACSHA1" : "RPCHMACSHA256"}),`,
    view.method !== view.contract.methods[0] && `\t\tclient.WithMethod(${literal(view.method)}),`,
    unchecked(view) && "\t\tclient.WithoutValidation(), // let the service judge the input",
    "\t)",
    failure,
    ...files.flatMap((p) => [`\t${goVariable(p.name)}, err := os.ReadFile(${literal(p.file)})`, failure]),
    `\tout, err := c.${view.action}(context.Background(), client.${view.action}Input{`,
    ...fields.map(([name, value]) => `\t\t${`${name}:`.padEnd(width + 1)} ${value},`),
    "\t})",
    failure,
    "\tif err := json.NewEncoder(os.Stdout).Encode(out); err != nil {",
    "\t\tlog.Fatal(err)",
    "\t}",
    "}",
    "",
  );
  return { ...sample, code, note: notes.filter(Boolean).join(" ") || undefined };
}

const failure = "\tif err != nil {\n\t\tlog.Fatal(err)\n\t}";

// goName returns the name of a field: initialisms are in capitals.
const goName = (name) => name.replace(/Id(?=[A-Z]|$)/g, "ID");

const goVariable = (name) => name[0].toLowerCase() + name.slice(1);

// goValue returns the value of a field as an expression, or the type that it does
// not have.
function goValue({ name, value, file }, { type, format }) {
  if (file) return { value: `string(${goVariable(name)})` };
  if (type === "boolean") return ["true", "false"].includes(value) ? { value } : { problem: "a bool" };
  if (type === "integer") {
    const fits = isInt64(value) && (format !== "int32" || BigInt.asIntN(32, BigInt(value)) === BigInt(value));
    return fits ? { value } : { problem: format === "int32" ? "an int32" : "an int64" };
  }
  return { value: name === "Domains" ? `[]string{${domains(value).map(literal).join(", ")}}` : literal(value) };
}

// domains splits a list of names; the SDK joins them.
const domains = (value) => (value ?? "").split(",").filter((name, _, all) => name || all.length > 1);

// unchecked reports whether the SDK would reject the input or change it.
function unchecked(view) {
  if (view.action === "ApplyCertificate") return ["GET", "POST"].includes(view.method) && !passes(view, domains(view.values.Domains));
  return view.contract.parameters.some((p) => p.required && (view.values[p.name] === undefined || (p.type === "integer" && BigInt(view.values[p.name]) <= 0n)));
}

const trusted = (view) => (view.root ? "On macOS and Windows Go does not read SSL_CERT_FILE: add the root to the system's store." : undefined);

// passes reports whether the SDK would send these values unchanged. If it would
// reject them or trim spaces, the sample must disable that.
function passes({ values: { SiteId, Type, AlgType }, contract }, names) {
  const type = contract.parameters.find((p) => p.name === "Type");
  const algorithm = contract.parameters.find((p) => p.name === "AlgType");
  const kind = Type ?? type.default;
  const limits = Object.hasOwn(type.limits, kind) ? type.limits[kind] : undefined;
  const fits = (name) =>
    name === name.trim() &&
    name !== "" &&
    !/\p{Cc}/u.test(name) &&
    new TextEncoder().encode(name).length <= 253 &&
    (name.startsWith("*.") ? limits.wildcard : limits.plain);
  return (
    !/\p{Cc}/u.test(AlgType ?? "") &&
    new TextEncoder().encode(AlgType ?? "").length <= (algorithm?.longest ?? Infinity) &&
    SiteId !== undefined &&
    BigInt(SiteId) > 0n &&
    limits !== undefined &&
    names.length > 0 &&
    names.length <= limits.maxDomains &&
    names.every(fits) &&
    new Set(names.map((name) => name.toUpperCase().toLowerCase())).size === names.length
  );
}

export function goCore(view) {
  const files = view.params.filter((p) => p.file);
  const map = (indent, value) => view.params.map((p) => `${indent}${literal(p.name)}: ${value(p.file ? `string(${goVariable(p.name)})` : literal(p.value))},`);
  const form = view.place === "form";
  const code = lines(
    "package main",
    "",
    "import (",
    '\t"encoding/json"',
    '\t"log"',
    '\t"os"',
    "",
    '\topenapi "github.com/alibabacloud-go/darabonba-openapi/v2/client"',
    '\t"github.com/alibabacloud-go/tea/dara"',
    ")",
    "",
    "func main() {",
    "\tclient, err := openapi.NewClient(&openapi.Config{",
    '\t\tAccessKeyId:     dara.String(os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_ID")),',
    '\t\tAccessKeySecret: dara.String(os.Getenv("ALIBABA_CLOUD_ACCESS_KEY_SECRET")),',
    Boolean(view.token) && '\t\tSecurityToken:   dara.String(os.Getenv("ALIBABA_CLOUD_SECURITY_TOKEN")),',
    `\t\tEndpoint:        dara.String(${literal(view.host)}),`,
    `\t\tProtocol:        dara.String(${literal(view.protocol)}),`,
    view.scheme !== "acs3" && '\t\tSignatureAlgorithm: dara.String("v2"),',
    "\t})",
    failure,
    ...files.flatMap((p) => [`\t${goVariable(p.name)}, err := os.ReadFile(${literal(p.file)})`, failure]),
    "\tanswer, err := client.CallApi(&openapi.Params{",
    `\t\tAction:      dara.String(${literal(view.action)}),`,
    `\t\tVersion:     dara.String(${literal(view.version)}),`,
    `\t\tProtocol:    dara.String(${literal(view.protocol.toUpperCase())}),`,
    '\t\tPathname:    dara.String("/"),',
    `\t\tMethod:      dara.String(${literal(view.method)}),`,
    '\t\tAuthType:    dara.String("AK"),',
    '\t\tStyle:       dara.String("RPC"),',
    '\t\tReqBodyType: dara.String("formData"),',
    '\t\tBodyType:    dara.String("json"),',
    "\t}, &openapi.OpenApiRequest{",
    form ? "\t\tQuery: map[string]*string{}," : "\t\tQuery: map[string]*string{",
    ...(form ? ["\t\tBody: map[string]any{", ...map("\t\t\t", (v) => v), "\t\t},"] : [...map("\t\t\t", (v) => `dara.String(${v})`), "\t\t},"]),
    "\t}, &dara.RuntimeOptions{})",
    failure,
    '\tif err := json.NewEncoder(os.Stdout).Encode(answer["body"]); err != nil {',
    "\t\tlog.Fatal(err)",
    "\t}",
    "}",
    "",
  );
  return {
    id: "go",
    title: "Go (vendor)",
    file: "main.go",
    install: "go mod init example\ngo get github.com/alibabacloud-go/darabonba-openapi/v2@v2.1.13 github.com/alibabacloud-go/tea@v1.3.13",
    code,
    run: run(view, "go run .", "SSL_CERT_FILE"),
    note: trusted(view),
  };
}
