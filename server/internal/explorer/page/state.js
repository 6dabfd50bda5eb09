// The state of the page is in its address, so that a call can be shared as a
// link. Keys, secrets and tokens never are.

const names = ["operation", "view", "result", "code", "application"];

/** usual is the operation of a link that names none. */
export const usual = "ApplyCertificate";

/** read returns the state in the address, as an object of strings. */
export const read = () => Object.fromEntries(new URLSearchParams(location.search));

/** write stores a call and the view in the address. */
export function write(call, looked) {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(call)) query.set(name, value);
  for (const name of names) if (looked[name] && !(name === "operation" && looked[name] === usual)) query.set(name, looked[name]);
  const text = query.toString();
  // Browsers and servers limit the length of an address.
  if (text.length > 8000) return;
  try {
    history.replaceState(null, "", text ? `?${text}` : location.pathname);
  } catch {
    // Browsers limit how often an address may change; the next change updates it.
  }
}
