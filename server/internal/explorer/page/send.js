// Sending a signed request, and its failures.

const longest = 30_000; // milliseconds

/**
 * send sends a signed request and returns { status, statusText, headers, text,
 * milliseconds, came }. Errors have a message for the user.
 */
export async function send(request, signal) {
  const headers = new Headers();
  for (const [name, value] of request.headers) if (name !== "host") headers.set(name, value);
  const timeout = AbortSignal.timeout(longest);
  const began = performance.now();
  try {
    const response = await fetch(request.url, {
      method: request.method,
      headers,
      body: request.body || undefined,
      signal: AbortSignal.any([signal, timeout]),
      credentials: "omit",
      cache: "no-store",
      redirect: "error",
    });
    const text = await response.text();
    return {
      status: response.status,
      statusText: response.statusText,
      headers: [...response.headers],
      text,
      milliseconds: performance.now() - began,
      came: new Date(),
    };
  } catch (error) {
    throw new Error(reason(request, signal, timeout), { cause: error });
  }
}

function reason(request, signal, timeout) {
  const { origin } = new URL(request.url);
  if (signal.aborted) return "The call was cancelled. The server may have carried it out all the same; the log tells.";
  if (timeout.aborted) return `No answer came from ${origin} within ${longest / 1000} seconds. The server may have carried the call out all the same; the log tells.`;
  return `No whole answer came from ${origin}. Is the server running? It was stopped, the connection was cut, or it answered with a redirect. The form is kept: start the server and call again.`;
}
