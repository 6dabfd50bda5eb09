// The difference of two signed strings. On SignatureDoesNotMatch the response
// contains the string that the server computed.

/** serverText extracts the server's string from the message of a response. */
export function serverText(message) {
  const canonical = /server CanonicalRequest is \[([\s\S]*)\]\s*$/.exec(message);
  if (canonical) return { name: "canonical request", text: canonical[1] };
  const toSign = /server string to sign is:([\s\S]*)$/.exec(message);
  if (toSign) return { name: "string to sign", text: toSign[1] };
  const hash = /server StringToSign is \[([\s\S]*?)\]/.exec(message);
  return hash ? { name: "string to sign", text: hash[1] } : undefined;
}

/** rewrittenHost returns the hosts of two canonical requests, if they differ. */
export function rewrittenHost(ours, theirs) {
  const host = (text) => /^host:(.*)$/m.exec(text)?.[1];
  const [signed, received] = [host(ours), host(theirs)];
  return signed === undefined || received === undefined || signed === received ? undefined : { signed, received };
}

/**
 * difference compares two strings line by line. It returns a list
 * of pieces for each side, { text, marked }, and whether they are the same.
 */
export function difference(ours, theirs) {
  const a = ours.split("\n");
  const b = theirs.split("\n");
  const left = [];
  const right = [];
  for (const [i, j] of align(a, b)) {
    if (i === undefined) push(right, b[j], 0, b[j].length, true);
    else if (j === undefined) push(left, a[i], 0, a[i].length, true);
    else {
      const [x, y] = [splitParameters(a[i]), splitParameters(b[j])];
      pair(left, right, x, y);
    }
  }
  return { ours: left, theirs: right, same: ours === theirs };
}

// Encoded strings to sign are one long line, so split them for readability.
const splitParameters = (line) => line.split(/(?<=&|%26)/);

function pair(left, right, a, b) {
  for (const [i, j] of align(a, b)) {
    if (i === undefined) mark(right, b[j], true);
    else if (j === undefined) mark(left, a[i], true);
    else {
      const [x, y] = [a[i], b[j]];
      let from = 0;
      while (from < Math.min(x.length, y.length) && x[from] === y[from]) from++;
      let end = 0;
      while (end < Math.min(x.length, y.length) - from && x.at(-1 - end) === y.at(-1 - end)) end++;
      cut(left, x, from, x.length - end);
      cut(right, y, from, y.length - end);
    }
  }
  mark(left, "\n", false);
  mark(right, "\n", false);
}

function push(list, text, from, to, marked) {
  mark(list, text.slice(from, to), marked);
  mark(list, "\n", marked);
}

function cut(list, text, from, to) {
  mark(list, text.slice(0, from), false);
  mark(list, text.slice(from, to), true);
  mark(list, text.slice(to), false);
}

function mark(list, text, marked) {
  if (!text) return;
  const last = list.at(-1);
  if (last && last.marked === marked) last.text += text;
  else list.push({ text, marked });
}

// align pairs the items of two lists: equal items by their longest common
// sequence, and the items between them in order.
function align(a, b) {
  const most = 400; // limits the size of the table
  const pairs = a.length > most || b.length > most ? [] : common(a, b);
  const result = [];
  let [i, j] = [0, 0];
  for (const [x, y] of [...pairs, [a.length, b.length]]) {
    while (i < x || j < y) result.push([i < x ? i++ : undefined, j < y ? j++ : undefined]);
    if (x < a.length && y < b.length) result.push([i++, j++]);
  }
  return result;
}

function common(a, b) {
  const longest = Array.from({ length: a.length + 1 }, () => new Uint16Array(b.length + 1));
  for (let i = a.length - 1; i >= 0; i--) {
    for (let j = b.length - 1; j >= 0; j--) {
      longest[i][j] = a[i] === b[j] ? longest[i + 1][j + 1] + 1 : Math.max(longest[i + 1][j], longest[i][j + 1]);
    }
  }
  const pairs = [];
  for (let [i, j] = [0, 0]; i < a.length && j < b.length; ) {
    if (a[i] === b[j]) pairs.push([i++, j++]);
    else if (longest[i + 1][j] >= longest[i][j + 1]) i++;
    else j++;
  }
  return pairs;
}
