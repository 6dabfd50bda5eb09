// Code shared by the samples: literals, and the commands around a program.

/**
 * literal quotes a string as Go, JavaScript, Python and Java all read it. What
 * is invisible is escaped: Go rejects a byte order mark in its source, and no
 * direction mark may make code look like other code.
 */
export const literal = (text) =>
  JSON.stringify(text.toWellFormed?.() ?? text).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, (c) =>
    c.length > 1 ? c : `\\u${c.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );

/** shell quotes a string as one word of a shell. */
export const shell = (text) => (/^[\w.,:/@%+=-]+$/.test(text) ? text : `'${text.replaceAll("'", `'\\''`)}'`);

/** isInt64 reports whether a string is a 64-bit integer in canonical form. */
export function isInt64(text) {
  return /^-?\d{1,19}$/.test(text) && String(BigInt.asIntN(64, BigInt(text))) === text;
}

/**
 * isTyped reports whether a client's own type can carry the parameters. Fields are
 * those of the type for ApplyCertificate, by the names of the parameters; other
 * operations use the generic call.
 */
export function isTyped(view, fields) {
  return (
    view.action === "ApplyCertificate" &&
    view.method === "POST" &&
    view.place === "query" &&
    view.params.every((p) => Object.hasOwn(fields, p.name)) &&
    (view.values.SiteId === undefined || isInt64(view.values.SiteId))
  );
}

/** lines joins the lines that are present. */
export const lines = (...all) => all.filter((l) => l !== null && l !== undefined && l !== false).join("\n");

/**
 * run returns the commands that start a program: the key in the environment, the secret
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
