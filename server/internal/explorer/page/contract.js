// Reading the contracts. The page hard-codes nothing about an operation: form,
// documentation, errors and samples are built from what is read here.

/** load fetches the contract of an operation. The error has a message for the user. */
export const load = async (action) => read(await fetched(`contract.json?operation=${encodeURIComponent(action)}`, "description of the operation"));

/** operations fetches the list of operations, as { action, methods }. */
export const operations = () => fetched("operations.json", "list of operations");

async function fetched(url, what) {
  let response;
  try {
    response = await fetch(url);
  } catch {
    throw new Error(`The server cannot be reached, so the ${what} could not be read.`);
  }
  if (!response.ok) throw new Error(`The ${what} could not be read: the server responded with status ${response.status}.`);
  try {
    return JSON.parse(await response.text());
  } catch {
    throw new Error(`The ${what} could not be read: the response is not JSON.`);
  }
}

/** read extracts the data of the page from a parsed contract. */
export function read(contract) {
  const path = contract.paths?.["/"];
  const operation = path?.post ?? path?.get;
  if (!operation) throw new Error("The description of the operation could not be read: it has no operation at /.");
  const resolve = (value) => (value?.$ref ? resolve(find(contract, value.$ref)) : (value ?? {}));
  const parameters = [...(path.parameters ?? []), ...(operation.parameters ?? [])].map(resolve);
  const form = resolve(operation.requestBody?.content?.[formType]?.schema);
  // The headers that select an operation have one permitted value each.
  const header = (name) => resolve(parameters.find((p) => p.in === "header" && p.name === name)?.schema).enum?.[0];
  return {
    title: contract.info.title,
    version: contract.info.version,
    action: header("x-acs-action"),
    apiVersion: header("x-acs-version"),
    product: contract.info["x-product"],
    summary: operation.summary,
    description: operation.description,
    methods: ["post", "get", "put", "delete", "patch"].filter((m) => path[m]).map((m) => m.toUpperCase()),
    // The parameters travel in a form.
    form: Boolean(form.properties),
    parameters: [
      ...parameters.filter((p) => p.in !== "header").map((p) => parameter(p, resolve)),
      ...Object.entries(form.properties ?? {}).map(([name, property]) => parameter(field(name, property, form, resolve), resolve)),
    ],
    answer: fields(resolve(operation.responses["200"].content["application/json"].schema), resolve),
    example: Object.values(operation.responses["200"].content["application/json"].examples ?? {})[0],
    errors: errors(operation),
    servers: contract.servers ?? [],
    ram: path["x-ram-authorization"],
    decisions: [...(path["x-decisions"] ?? []), ...(contract["x-decisions"] ?? [])],
  };
}

function find(contract, ref) {
  return ref
    .replace(/^#\//, "")
    .split("/")
    .reduce((at, key) => at?.[key.replace(/~1/g, "/").replace(/~0/g, "~")], contract);
}

const formType = "application/x-www-form-urlencoded";

// field presents a property of a form as a parameter.
function field(name, property, form, resolve) {
  const { description, example } = resolve(property);
  return { name, in: "form", required: form.required?.includes(name), description, example, schema: property };
}

function parameter(p, resolve) {
  const schema = resolve(p.schema);
  return {
    name: p.name,
    in: p.in,
    required: Boolean(p.required),
    help: p.description ?? "",
    type: schema.type,
    format: schema.format,
    choices: schema.enum ?? [],
    default: schema.default,
    longest: schema.maxLength ?? Infinity,
    example: p.example ?? schema.example,
    limits: schema["x-limits"] ?? {},
    evidence: p["x-evidence"] ?? schema["x-evidence"] ?? "documented",
    confidential: Boolean(schema["x-secret"]),
    decisions: [...(p["x-decisions"] ?? []), ...(schema["x-decisions"] ?? [])],
  };
}

function fields(schema, resolve, prefix = "") {
  return Object.entries(schema.properties ?? {}).flatMap(([name, property]) => {
    const s = resolve(property);
    const one = { name: prefix + name, type: s.type, help: s.description ?? "", example: s.example };
    const inner = s.type === "array" ? fields(resolve(s.items), resolve, `${prefix}${name}[].`) : fields(s, resolve, `${prefix}${name}.`);
    return [one, ...inner];
  });
}

// errors returns the rows of the documented table in their order, then the other
// errors of the operation, then those of the gateway that the operation lacks.
function errors(operation) {
  const all = Object.entries(operation.responses).flatMap(([status, response]) =>
    Object.entries(response.content["application/json"].examples ?? {})
      .filter(([, example]) => example.value?.Code)
      .map(([key, example]) => ({
        key,
        gateway: status === "default",
        row: example["x-error-row"] ?? 0,
        status: example["x-http-status"] ?? Number(status),
        code: example.value.Code,
        message: example.value.Message,
        help: example.description ?? "",
        remedy: example["x-remedy"] ?? "",
        evidence: example["x-evidence"] ?? "documented",
      })),
  );
  return all
    .filter((e) => !e.gateway || !all.some((other) => !other.gateway && other.key === e.key))
    .sort((a, b) => a.gateway - b.gateway || (a.row || Infinity) - (b.row || Infinity) || a.status - b.status || (a.key < b.key ? -1 : 1));
}

/** findError finds the error of a response, by code and message. */
export function findError(all, code, message) {
  const same = all.filter((e) => e.code === code);
  return (
    same.find((e) => e.message === message) ??
    same.find((e) => message?.startsWith(e.message.slice(0, 40))) ??
    (same.length === 1 ? same[0] : undefined)
  );
}
