/** The room over plain HTTP: what the backup channel and a healing gap use. */

const PATIENCE_MS = 5000;
/** Of the client's own errors these may pass by themselves: slow, early, too many. */
const AGAIN = new Set([408, 425, 429]);

/** Gives up on an answer after a while. @returns {AbortSignal} */
function patience() {
  const control = new AbortController();
  setTimeout(() => control.abort(), PATIENCE_MS);
  return control.signal;
}

/**
 * @typedef {{kind: "answer", body: Record<string, any>}
 *   | {kind: "signed_out"} | {kind: "not_taken"} | {kind: "unknown"}} Posted
 *   `not_taken`: asking again is pointless
 */

export class RoomHttp {
  /**
   * @param {string} api address of the room, ending in a slash
   * @param {typeof fetch} fetcher
   */
  constructor(api, fetcher) {
    this.api = api;
    this.fetcher = fetcher;
  }

  /** @param {string} path */
  async get(path) {
    const fetcher = this.fetcher;
    const response = await fetcher(this.api + path, {
      headers: { Accept: "application/json" },
      credentials: "same-origin",
      cache: "no-store",
      signal: patience(),
    });
    if (!response.ok) {
      throw new Error(`HTTP ${response.status}`);
    }
    return response.json();
  }

  /** @param {number} after @returns {Promise<Record<string, any>>} */
  events(after) {
    return this.get(`events?after=${after}`);
  }

  /** @returns {Promise<Record<string, any>>} */
  snapshot() {
    return this.get("snapshot");
  }

  /**
   * Sends one command under its token. `unknown`: it may or may not have been decided.
   * @param {import("./outbox.js").Command} command
   * @returns {Promise<Posted>}
   */
  async post(command) {
    const body = { client_token: command.token };
    try {
      const fetcher = this.fetcher;
      const response = await fetcher(`${this.api}offers`, {
        method: "POST",
        headers: { "Content-Type": "application/json", Accept: "application/json" },
        credentials: "same-origin",
        body: JSON.stringify(
          command.kind === "join" ? { ...body, join: true } : { ...body, amount_fen: command.amountFen },
        ),
        signal: patience(),
      });
      if (response.status === 401) {
        return { kind: "signed_out" };
      }
      // An error page of a proxy is no JSON, but its status says enough.
      const answer = await response.json().catch(() => null);
      if (answer?.type === "ack" || answer?.type === "refused") {
        return { kind: "answer", body: answer };
      }
      const isFinal = response.status >= 400 && response.status < 500 && !AGAIN.has(response.status);
      return { kind: isFinal ? "not_taken" : "unknown" };
    } catch {
      return { kind: "unknown" };
    }
  }
}
