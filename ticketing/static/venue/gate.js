// Talks to the server. Only its own, well-formed word counts: anything else is silence.

const PATIENCE = 6000; // milliseconds; the server itself gives up earlier

// What was asked once and not answered is asked again with the same scan_id: it takes one use.
export class Gate {
  constructor(key) {
    this.key = key;
  }

  // {status, body}, or null where nobody of ours answered or `signal` called it off.
  async ask(method, path, { body, signal } = {}) {
    const aborter = new AbortController();
    const stop = () => aborter.abort();
    const timer = setTimeout(stop, PATIENCE);
    signal?.addEventListener("abort", stop);
    try {
      const response = await fetch(path, {
        method,
        headers: {
          "x-scanner-key": this.key,
          ...(body ? { "Content-Type": "application/json" } : {}),
        },
        body: body ? JSON.stringify(body) : undefined,
        cache: "no-store",
        credentials: "omit",
        redirect: "error",
        signal: aborter.signal,
      });
      return await understood(response);
    } catch {
      return null;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
    }
  }

  who() {
    return this.ask("GET", "/venue/scanner");
  }

  async scan({ qr, fn, id }, signal) {
    const body = { qr, function_code: fn, scan_id: id };
    const answer = await this.ask("POST", "/venue/scan", { body, signal });
    if (answer?.status === 200 && !isGranted(answer.body, body)) return null;
    return answer;
  }

  inspect(qr, signal) {
    return this.ask("POST", "/venue/inspect", { body: { qr }, signal });
  }

  undo(id, signal) {
    return this.ask("POST", `/venue/redemptions/${id}/undo`, { signal });
  }
}

// A page of somebody else's network, an overloaded server: not a word about the ticket.
async function understood(response) {
  const kind = response.headers.get("Content-Type") ?? "";
  if (response.status >= 500 || response.status === 429) return null;
  if (!kind.startsWith("application/json") && !kind.startsWith("application/problem+json")) return null;
  const body = await response.json();
  if (response.status !== 200 && typeof body?.code !== "string") return null;
  return { status: response.status, body };
}

// The word for this very scan, not for another one.
function isGranted(body, asked) {
  return (
    body?.result === "granted" &&
    body.scan_id === asked.scan_id &&
    body.function_code === asked.function_code &&
    typeof body.ticket_code === "string"
  );
}
