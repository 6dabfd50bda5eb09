// Samples in Go: this project's SDK, and the vendor's core.

import { isInt64, lines, literal, run } from "./samples-text.js";

export function go(view) {
  const { SiteId, Domains, Type, AlgType } = view.values;
  const sample = { id: "esacert", title: "Go", file: "main.go", install: "go mod init example\ngo get github.com/esacert/esacert@latest", run: run(view, "go run .", "SSL_CERT_FILE") };
  const notes = [view.place === "form" && "This SDK sends the parameters in the query.", trusted(view)];
  if (SiteId !== undefined && !isInt64(SiteId)) {
    return { ...sample, code: "", run: "", note: "In this SDK SiteID is an int64, and the SiteId of the form is none: the call cannot be written with it." };
  }
  const names = (Domains ?? "").split(",").filter((name, _, all) => name || all.length > 1);
  const unchecked = ["GET", "POST"].includes(view.method) && !passes(view, names);
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
    view.method === "GET" && '\t\tclient.WithMethod("GET"),',
    unchecked && "\t\tclient.WithoutValidation(), // let the service judge the input",
    "\t)",
    "\tif err != nil {",
    "\t\tlog.Fatal(err)",
    "\t}",
    "\tout, err := c.ApplyCertificate(context.Background(), client.ApplyCertificateInput{",
    SiteId !== undefined && `\t\tSiteID:  ${SiteId},`,
    names.length > 0 && `\t\tDomains: []string{${names.map(literal).join(", ")}},`,
    Type !== undefined && `\t\tType:    ${literal(Type)},`,
    AlgType !== undefined && `\t\tAlgType: ${literal(AlgType)},`,
    "\t})",
    "\tif err != nil {",
    "\t\tlog.Fatal(err)",
    "\t}",
    "\tif err := json.NewEncoder(os.Stdout).Encode(out); err != nil {",
    "\t\tlog.Fatal(err)",
    "\t}",
    "}",
    "",
  );
  return { ...sample, code, note: notes.filter(Boolean).join(" ") || undefined };
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
  const map = (indent, value) => [...view.params].map(([name, v]) => `${indent}${literal(name)}: ${value(literal(v))},`);
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
    "\tif err != nil {",
    "\t\tlog.Fatal(err)",
    "\t}",
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
    "\tif err != nil {",
    "\t\tlog.Fatal(err)",
    "\t}",
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
