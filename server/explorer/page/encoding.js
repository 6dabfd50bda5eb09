// The encoding that both signatures use: RFC 3986, upper-case hexadecimal, over
// the bytes of UTF-8. Inside, a text is held as its bytes, one character each,
// because canonical order is that of the bytes, which is not that of JavaScript.

// percentEncode encodes everything but A–Z a–z 0–9 - _ . ~
export function percentEncode(text) {
  return encodeBytes(bytesOf(text));
}

// canonicalQuery gives the canonical form of parameters: decoded, sorted by name
// and then by value, encoded, joined. Each argument is a list of pairs
// [[name, value], …] of plain text, or a raw query or form body; several are
// taken together. Throws a RangeError for a raw one that cannot be decoded.
export function canonicalQuery(...parts) {
  return parts
    .flatMap((part) => (typeof part === "string" ? pairsOf(part) : part.map((pair) => pair.map(bytesOf))))
    .sort(([a, x], [b, y]) => compare(a, b) || compare(x, y))
    .map(([name, value]) => `${encodeBytes(name)}=${encodeBytes(value)}`)
    .join("&");
}

// canonicalURI leaves a path as it was sent, but for the three places in which
// the encoders of programming languages differ.
export function canonicalURI(path) {
  return path.replaceAll("+", "%20").replaceAll("*", "%2A").replaceAll("%7E", "~");
}

// pairsOf cuts a raw query into decoded pairs. Only & separates; a piece without
// = has the empty value; an empty piece is nothing.
function pairsOf(raw) {
  return raw.split("&").filter((piece) => piece !== "").map((piece) => {
    const at = piece.indexOf("=");
    return at < 0 ? [decodeBytes(piece), ""] : [decodeBytes(piece.slice(0, at)), decodeBytes(piece.slice(at + 1))];
  });
}

function decodeBytes(escaped) {
  const broken = /%(?![0-9a-fA-F]{2}).{0,2}/su.exec(escaped);
  if (broken) {
    throw new RangeError(`the query or form has ${JSON.stringify(broken[0])}; after % two hexadecimal digits must follow`);
  }
  return bytesOf(escaped.replaceAll("+", " "))
    .replace(/%(..)/gs, (_, digits) => String.fromCharCode(parseInt(digits, 16)));
}

function encodeBytes(bytes) {
  return bytes.replace(/[^A-Za-z0-9\-_.~]/g, (byte) => `%${byte.charCodeAt(0).toString(16).toUpperCase().padStart(2, "0")}`);
}

// bytesOf gives the bytes of the UTF-8 of a text, each as one character.
function bytesOf(text) {
  return Array.from(new TextEncoder().encode(text), (byte) => String.fromCharCode(byte)).join("");
}

function compare(a, b) {
  return a < b ? -1 : a > b ? 1 : 0;
}
