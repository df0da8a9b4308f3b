/**
 * Intended offers, each under one token until its answer is known: a retry, a reconnect, a reload
 * or a double click can never make two offers of one intention.
 */

const UNKNOWN_AFTER_MS = 2000;
const RETRY_MS = 3000;

/**
 * @typedef {{token: string, kind: "offer"|"join", amountFen: number|null,
 *   state: "sending"|"unknown", since: number}} Command
 * @typedef {{getItem: (key: string) => string|null, setItem: (key: string, value: string) => void,
 *   removeItem: (key: string) => void}} Store
 */

/**
 * What a reload left; what is damaged is nothing, for it must not keep the page from working.
 * @param {string|null} text
 * @returns {Command[]}
 */
function readCommands(text) {
  try {
    const found = JSON.parse(text ?? "[]");
    return Array.isArray(found) ? found.filter(isCommand) : [];
  } catch {
    return [];
  }
}

/** @param {any} found */
function isCommand(found) {
  const { token, kind, amountFen } = found ?? {};
  const isOffer = kind === "offer" && Number.isSafeInteger(amountFen);
  return typeof token === "string" && (isOffer || (kind === "join" && amountFen === null));
}

export class Outbox {
  /**
   * @param {{store: Store, key: string, newToken: () => string, ticks: () => number,
   *   timers: {after: (ms: number, act: () => void) => () => void}}} sources
   * @param {{transmit: (command: Command) => boolean,
   *   post: (command: Command) => Promise<Record<string, any>|null>,
   *   onAnswer: (command: Command, answer: Record<string, any>) => void,
   *   onChange: () => void}} handlers
   *   `transmit` puts it on the socket and says whether it could; `post` gives the answer or null
   */
  constructor(sources, handlers) {
    this.sources = sources;
    this.handlers = handlers;
    /** @type {Map<string, Command>} */
    this.pending = new Map();
    this.cancel = () => {};
    this.load();
  }

  /** Something was sent whose answer is not known. */
  get isWaiting() {
    return this.pending.size > 0;
  }

  /**
   * @param {"offer"|"join"} kind
   * @param {number|null} amountFen
   * @returns {Command}
   */
  intend(kind, amountFen) {
    const { newToken, ticks } = this.sources;
    /** @type {Command} */
    const command = { token: newToken(), kind, amountFen, state: "sending", since: ticks() };
    this.pending.set(command.token, command);
    this.save();
    this.deliver(command);
    this.schedule(UNKNOWN_AFTER_MS);
    this.handlers.onChange();
    return command;
  }

  /** On the socket if there is one, else by POST; never both at once. @param {Command} command */
  deliver(command) {
    if (!this.handlers.transmit(command)) {
      void this.deliverByPost(command);
    }
  }

  /** @param {Command} command */
  async deliverByPost(command) {
    const answer = await this.handlers.post(command);
    if (answer) {
      this.settle(answer);
    }
  }

  /**
   * An answer came, over whichever way; answers to what is not waited for are ignored.
   * @param {Record<string, any>} answer
   */
  settle(answer) {
    const command = this.pending.get(answer.client_token);
    if (!command) {
      return;
    }
    this.pending.delete(command.token);
    this.save();
    if (!this.isWaiting) {
      this.cancel();
    }
    this.handlers.onAnswer(command, answer);
    this.handlers.onChange();
  }

  /** The line is back: ask again for everything, under the same tokens. */
  resend() {
    for (const command of this.pending.values()) {
      this.deliver(command);
    }
    if (this.isWaiting) {
      this.schedule(RETRY_MS);
    }
  }

  /** The line broke: what was sent may or may not have arrived. */
  doubt() {
    for (const command of this.pending.values()) {
      command.state = "unknown";
    }
    this.handlers.onChange();
  }

  /** @param {number} ms */
  schedule(ms) {
    this.cancel();
    this.cancel = this.sources.timers.after(ms, () => {
      if (this.isWaiting) {
        this.doubt();
        // The socket may be half dead: the same token by POST gives the same answer.
        for (const command of this.pending.values()) {
          void this.deliverByPost(command);
        }
        this.schedule(RETRY_MS);
      }
    });
  }

  save() {
    const { store, key } = this.sources;
    if (!this.isWaiting) {
      store.removeItem(key);
      return;
    }
    const kept = [...this.pending.values()].map(({ token, kind, amountFen }) => ({ token, kind, amountFen }));
    store.setItem(key, JSON.stringify(kept));
  }

  load() {
    const { store, key, ticks } = this.sources;
    for (const { token, kind, amountFen } of readCommands(store.getItem(key))) {
      this.pending.set(token, { token, kind, amountFen, state: "unknown", since: ticks() });
    }
  }
}
