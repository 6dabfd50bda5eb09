// Samples with the vendor's SDKs for Node and Python, and its core for Java. If
// an SDK's type cannot represent the call, the sample uses its generic call.

import { isTyped, lines, literal, run, shell } from "./samples-text.js";

const env = ["ALIBABA_CLOUD_ACCESS_KEY_ID", "ALIBABA_CLOUD_ACCESS_KEY_SECRET", "ALIBABA_CLOUD_SECURITY_TOKEN"];

export function node(view) {
  const fields = { SiteId: "siteId", Domains: "domains", Type: "type" };
  const typed = isTyped(view, fields);
  const value = (name, v) => (name !== "SiteId" ? literal(v) : Number.isSafeInteger(Number(v)) ? v : literal(v));
  const files = view.params.some((p) => p.file);
  const params = view.params.map((p) => `    ${p.name}: ${p.file ? `readFileSync(${literal(p.file)}, "utf8")` : literal(p.value)},`);
  const request = typed
    ? ["const { body } = await client.applyCertificate(", "  new esa.ApplyCertificateRequest({", ...view.params.map((p) => `    ${fields[p.name]}: ${value(p.name, p.value)},`), "  }),", ");"]
    : [
        "const { body } = await client.callApi(",
        `  new $OpenApiUtil.Params({ action: ${literal(view.action)}, version: ${literal(view.version)}, protocol: ${literal(view.protocol.toUpperCase())}, pathname: "/", method: ${literal(view.method)}, authType: "AK", style: "RPC", reqBodyType: "formData", bodyType: "json" }),`,
        `  new $OpenApiUtil.OpenApiRequest({ ${view.place === "form" ? "body" : "query"}: {`,
        ...params,
        "  } }),",
        "  new RuntimeOptions({}),",
        ");",
      ];
  const code = lines(
    files && 'import { readFileSync } from "node:fs";',
    'import esa from "@alicloud/esa20240910";',
    'import { $OpenApiUtil } from "@alicloud/openapi-core";',
    !typed && 'import { RuntimeOptions } from "@darabonba/typescript";',
    "",
    "const client = new esa.default(",
    "  new $OpenApiUtil.Config({",
    `    accessKeyId: process.env.${env[0]},`,
    `    accessKeySecret: process.env.${env[1]},`,
    Boolean(view.token) && `    securityToken: process.env.${env[2]},`,
    `    endpoint: ${literal(view.host)},`,
    `    protocol: ${literal(view.protocol)},`,
    view.scheme !== "acs3" && '    signatureAlgorithm: "v2",',
    "  }),",
    ");",
    ...request,
    `console.log(JSON.stringify(${typed ? "body.toMap()" : "body"}));`,
    "",
  );
  return { id: "node", title: "Node", file: `${view.verb}.mjs`, install: `npm install @alicloud/esa20240910@2.43.0 @alicloud/openapi-core@1.0.8${typed ? "" : " @darabonba/typescript@1.0.5"}`, code, run: run(view, `node ${view.verb}.mjs`, "NODE_EXTRA_CA_CERTS") };
}

export function python(view) {
  const fields = { SiteId: "site_id", Domains: "domains", Type: "type", AlgType: "alg_type" };
  const typed = isTyped(view, fields);
  const entries = view.params.map((p) => `    ${literal(p.name)}: ${p.file ? `open(${literal(p.file)}).read()` : literal(p.value)},`);
  const request = typed
    ? ["answer = client.apply_certificate(ApplyCertificateRequest(", ...view.params.map((p) => `    ${fields[p.name]}=${p.name === "SiteId" ? p.value : literal(p.value)},`), "))", "print(json.dumps(answer.body.to_map()))"]
    : [
        "parameters = {",
        ...entries,
        "}",
        `answer = client.call_api(`,
        `    Params(action=${literal(view.action)}, version=${literal(view.version)}, protocol=${literal(view.protocol.toUpperCase())}, pathname="/", method=${literal(view.method)}, auth_type="AK", style="RPC", req_body_type="formData", body_type="json"),`,
        view.place === "form" ? "    OpenApiRequest(query={}, body=parameters)," : "    OpenApiRequest(query=parameters),",
        "    RuntimeOptions(),",
        ")",
        'print(json.dumps(answer["body"]))',
      ];
  const code = lines(
    "import json",
    "import os",
    "",
    "from alibabacloud_esa20240910.client import Client",
    typed && "from alibabacloud_esa20240910.models import ApplyCertificateRequest",
    typed ? "from alibabacloud_tea_openapi.utils_models import Config" : "from alibabacloud_tea_openapi.utils_models import Config, OpenApiRequest, Params",
    !typed && "from darabonba.runtime import RuntimeOptions",
    "",
    "client = Client(Config(",
    `    access_key_id=os.environ["${env[0]}"],`,
    `    access_key_secret=os.environ["${env[1]}"],`,
    Boolean(view.token) && `    security_token=os.environ["${env[2]}"],`,
    `    endpoint=${literal(view.host)},`,
    `    protocol=${literal(view.protocol)},`,
    view.scheme !== "acs3" && '    signature_algorithm="v2",',
    "))",
    ...request,
    "",
  );
  return { id: "python", title: "Python", file: `${view.verb}.py`, install: "pip install alibabacloud-esa20240910==3.16.0", code, run: run(view, `python3 ${view.verb}.py`, "SSL_CERT_FILE") };
}

/** java uses the core of the product SDKs; it does not need a product SDK. */
export function java(view) {
  const name = view.verb[0].toUpperCase() + view.verb.slice(1);
  const code = lines(
    "import com.aliyun.teaopenapi.Client;",
    "import com.aliyun.teaopenapi.models.Config;",
    "import com.aliyun.teaopenapi.models.OpenApiRequest;",
    "import com.aliyun.teaopenapi.models.Params;",
    "import com.aliyun.teautil.models.RuntimeOptions;",
    "import com.google.gson.Gson;",
    view.params.some((p) => p.file) && "import java.nio.file.Files;",
    view.params.some((p) => p.file) && "import java.nio.file.Path;",
    "import java.util.HashMap;",
    "import java.util.Map;",
    "",
    `public class ${name} {`,
    "    public static void main(String[] args) throws Exception {",
    "        Client client = new Client(new Config()",
    `                .setAccessKeyId(System.getenv("${env[0]}"))`,
    `                .setAccessKeySecret(System.getenv("${env[1]}"))`,
    Boolean(view.token) && `                .setSecurityToken(System.getenv("${env[2]}"))`,
    view.scheme !== "acs3" && '                .setSignatureAlgorithm("v2")',
    `                .setEndpoint(${literal(view.host)})`,
    `                .setProtocol(${literal(view.protocol)}));`,
    "        Params params = new Params()",
    `                .setAction(${literal(view.action)}).setVersion(${literal(view.version)}).setProtocol(${literal(view.protocol.toUpperCase())})`,
    `                .setPathname("/").setMethod(${literal(view.method)}).setAuthType("AK").setStyle("RPC")`,
    '                .setReqBodyType("formData").setBodyType("json");',
    "        Map<String, String> parameters = new HashMap<>();",
    ...view.params.map((p) => `        parameters.put(${literal(p.name)}, ${p.file ? `Files.readString(Path.of(${literal(p.file)}))` : literal(p.value)});`),
    `        OpenApiRequest request = new OpenApiRequest().${view.place === "form" ? "setBody" : "setQuery"}(parameters);`,
    "        Map<String, ?> answer = client.callApi(params, request, new RuntimeOptions());",
    '        System.out.println(new Gson().toJson(answer.get("body")));',
    "    }",
    "}",
    "",
  );
  // Java does not read a variable: the root is added to a trust store.
  const start = view.root
    ? lines(
        `test -e trust.p12 || keytool -importcert -noprompt -alias esacertd -file ${shell(view.root)} -keystore trust.p12 -storepass changeit`,
        `java -Djavax.net.ssl.trustStore=trust.p12 -Djavax.net.ssl.trustStorePassword=changeit ${name}.java # with the dependency on the class path`,
      )
    : `java ${name}.java # with the dependency on the class path`;
  const install = "<dependency>\n  <groupId>com.aliyun</groupId>\n  <artifactId>tea-openapi</artifactId>\n  <version>0.3.15</version>\n</dependency>";
  return { id: "java", title: "Java", file: `${name}.java`, install, code, run: run(view, start) };
}
