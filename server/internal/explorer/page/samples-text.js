// What the samples share: literals, and the commands around a program.

/**
 * literal writes a text as Go, JavaScript, Python and Java all read it. What
 * cannot be seen is escaped: Go takes no byte order mark in its source, and no
 * mark of direction may make code look like other code.
 */
export const literal = (text) =>
  JSON.stringify(text.toWellFormed?.() ?? text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) =>
    c.length > 1 ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** shell writes a text as one word of a shell. */
export const shell = (text) => (/^[\w.,:/@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** isInt64 tells whether a text is a number of 64 bits, written in the usual way. */
export function isInt64(text) {
  return /^-?\d{1,19}$/.test(text) && String(BigInt.asIntN(64, BigInt(text))) === text;
}

/** documented are the parameters that every client of the vendor knows. */
export const documented = ["SiteId", "Domains", "Type"];

/**
 * isTyped reports whether a client's own type can carry the parameters. Fields are
 * those of the type, by the names of the parameters.
 */
export function isTyped(view, fields) {
  return (
    view.method === "POST" &&
    view.place === "query" &&
    view.params.every(([name]) => Object.hasOwn(fields, name)) &&
    (view.values.SiteId === undefined || isInt64(view.values.SiteId))
  );
}

/** lines joins what is there. */
export const lines = (...all) => all.filter((l) => l !== null && l !== undefined && l !== false).join("\n");

/**
 * run writes how a program is started: the key in the environment, the secret
 * typed in. trust is the variable by which the program trusts one more root.
 */
export function run(view, command, trust) {
  const ask = (name) => `read -rs ${name} && export ${name}`;
  return lines(
    `export ALIBABA_CLOUD_ACCESS_KEY_ID=${shell(view.keyId || "<access key id>")}`,
    ask("ALIBABA_CLOUD_ACCESS_KEY_SECRET") + " # type or paste the secret",
    Boolean(view.root && trust) && `export ${trust}=${shell(view.root)} # trust the server's root`,
    view.token ? ask("ALIBABA_CLOUD_SECURITY_TOKEN") + " # and the token" : "unset ALIBABA_CLOUD_SECURITY_TOKEN",
    command,
  );
}
