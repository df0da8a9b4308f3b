/** What the room's script needs of a browser, made by hand: time, sockets, answers. */

/** Timers that only move when told. */
export class Time {
  constructor() {
    this.now = 0;
    this.waiting = [];
    this.ticks = () => this.now;
    this.timers = { after: (ms, act) => this.after(ms, act) };
  }

  after(ms, act) {
    const entry = { at: this.now + ms, act };
    this.waiting.push(entry);
    return () => {
      this.waiting = this.waiting.filter((other) => other !== entry);
    };
  }

  /** Runs what is due within so many milliseconds, in order; answers settle in between. */
  async pass(ms) {
    const end = this.now + ms;
    for (;;) {
      await settled();
      const due = this.waiting.filter((entry) => entry.at <= end).sort((a, b) => a.at - b.at)[0];
      if (!due) {
        break;
      }
      this.waiting = this.waiting.filter((entry) => entry !== due);
      this.now = Math.max(this.now, due.at);
      due.act();
    }
    this.now = end;
    await settled();
  }
}

/** Lets promises that are ready run. */
export async function settled() {
  for (let i = 0; i < 10; i += 1) {
    await Promise.resolve();
  }
}

/** A constructor of sockets that remembers them; `isBlocked` refuses each. */
export function socketMaker() {
  const made = [];
  class FakeSocket {
    constructor(address) {
      this.address = address;
      this.readyState = 0;
      this.sent = [];
      made.push(this);
    }

    open() {
      this.readyState = 1;
      this.onopen();
    }

    say(frame) {
      this.onmessage({ data: JSON.stringify({ v: 1, ...frame }) });
    }

    send(text) {
      this.sent.push(JSON.parse(text));
    }

    close() {
      this.readyState = 3;
    }

    fail(code = 1006) {
      this.readyState = 3;
      this.onclose({ code });
    }
  }
  FakeSocket.made = made;
  return FakeSocket;
}

/** A fetch that answers by a table of [part of the address, answer]. */
export function fetcher(answer) {
  const asked = [];
  const fake = async (address, options = {}) => {
    asked.push({ address, body: options.body ? JSON.parse(options.body) : null });
    const found = answer(address, asked.length);
    if (found instanceof Error) {
      throw found;
    }
    const { status = 200, body = {} } = found;
    return { ok: status < 400, status, json: async () => body };
  };
  fake.asked = asked;
  return fake;
}

/** A state as the snapshot of a land listing gives it. */
export function listing(change = {}) {
  return {
    seq: 4,
    preset: "TC",
    format: "listing",
    phase: "free",
    top_fen: null,
    top_plate: null,
    min_valid_fen: 8_000_000_000,
    step_fen: 20_000_000,
    ends_at: "2026-11-26T10:00:00.000+08:00",
    opens_at: "2026-11-15T10:00:00.000+08:00",
    extensions: 0,
    offers: [],
    terms: { start_fen: 8_000_000_000, step_fen: 20_000_000, step_mode: "multiple", inquiry_s: 15, countdown_s: 20 },
    me: { plate: "A83", joined: false, best_fen: null, state: "none" },
    ...change,
  };
}

export const WAN = 1_000_000;
