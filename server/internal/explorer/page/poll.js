// Polling while the page is visible.

/**
 * Poll calls ask() at the given interval while it is wanted and the page is
 * visible. After a failure it waits longer each time, up to half a minute.
 */
export class Poll {
  constructor(ask, every) {
    this.ask = ask;
    this.every = every;
    this.failures = 0;
    document.addEventListener("visibilitychange", () => this.now());
  }

  want(on) {
    this.on = on;
    this.now();
  }

  /** now polls immediately, and restarts the interval. */
  async now() {
    clearTimeout(this.timer);
    if (!this.on || document.hidden) return;
    const turn = (this.turn = {});
    try {
      await this.ask();
      this.failures = 0;
    } catch {
      this.failures++;
    }
    if (this.turn !== turn) return; // a newer poll has started
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.now(), Math.min(this.every * 2 ** this.failures, 30_000));
  }
}

/** get reads JSON from the server. Errors have a message for the user. */
export async function get(path) {
  let response;
  try {
    response = await fetch(`api/${path}`, { cache: "no-store" });
  } catch {
    throw new Error("The server cannot be reached; it is tried again.");
  }
  const text = await response.text();
  let body;
  try {
    body = JSON.parse(text);
  } catch {
    throw new Error(`The server answered with status ${response.status}, and with no JSON.`);
  }
  if (!response.ok) throw Object.assign(new Error(body.error ?? `The server answered with status ${response.status}.`), { status: response.status });
  return body;
}

/** when formats a time of the server in the local time zone. */
export function when(text) {
  const time = new Date(text);
  return Number.isNaN(time.getTime()) ? String(text ?? "") : time.toLocaleString();
}
