// What the page shows stands in its address, so that a call can be shared as a
// link. Keys, secrets and tokens never do.

const names = ["view", "result", "code", "application"];

/** read gives what the address says, as an object of texts. */
export const read = () => Object.fromEntries(new URLSearchParams(location.search));

/** write puts a call and what is looked at into the address. */
export function write(call, looked) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call)) query.set(name, value);
  for (const name of names) if (looked[name]) query.set(name, looked[name]);
  const text = query.toString();
  // Browsers and servers take no address of any length.
  if (text.length > 8000) return;
  try {
    history.replaceState(null, "", text ? `?${text}` : location.pathname);
  } catch {
    // Browsers limit how often an address may change; the next change does it.
  }
}
