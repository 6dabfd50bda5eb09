// random returns a source of numbers in [0, 1) determined by a seed, so that a
// failing test is reproducible.
export function random(seed) {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let x = Math.imul(state ^ (state >>> 15), state | 1);
    x ^= x + Math.imul(x ^ (x >>> 7), x | 61);
    return ((x ^ (x >>> 14)) >>> 0) / 2 ** 32;
  };
}

// pick returns one item of a list, or one character of a string.
export function pick(next, list) {
  const items = [...list];
  return items[Math.floor(next() * items.length)];
}

// textOf returns a string of up to length characters of an alphabet.
export function textOf(next, alphabet, length) {
  return Array.from({ length: Math.floor(next() * (length + 1)) }, () => pick(next, alphabet)).join("");
}
