/**
 * The bid zone of a seat: amount → confirmation → answer. What an offer is lives in bid.js, how it
 * gets there in outbox.js; here the two meet the page.
 */

import * as bids from "./bid.js";
import { DeskView } from "./desk_view.js";
import { faultOf, parseIn } from "./money.js";
import { shownPhase } from "./state.js";

const WIDE = "(min-width: 64em)";
const ANSWERED = new Set(["invalid", "refused", "accepted"]);

/**
 * @typedef {import("./live.js").Live} Live
 * @typedef {import("./dom.js").Page} Page
 * @typedef {import("./outbox.js").Outbox} Outbox
 */

export class BidDesk {
  /** @param {Page} page @param {Live} live @param {Outbox} outbox */
  constructor(page, live, outbox) {
    this.page = page;
    this.live = live;
    this.outbox = outbox;
    this.texts = live.texts;
    this.view = new DeskView(page, live, outbox);
    /** @type {import("./bid.js").Bid} */
    this.bid = bids.IDLE;
    /** @type {number|null} how many steps were chosen; the amount follows the price */
    this.steps = null;
    this.listen();
    this.recall();
  }

  /** What a reload left without an answer. */
  recall() {
    const [command] = this.outbox.pending.values();
    if (command) {
      const { kind, amountFen, token } = command;
      this.bid = { ...bids.IDLE, step: "unknown", kind, amountFen, token };
    }
  }

  listen() {
    const { page } = this;
    page.one("bid_form").addEventListener("submit", (/** @type {Event} */ event) => {
      event.preventDefault();
      this.propose();
    });
    page.one("amount").addEventListener("input", () => this.typed());
    page.one("again_input").addEventListener("input", () => this.retyped());
    page.one("confirm").addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => this.confirmKey(event));
    page.one("confirm_button").addEventListener("click", () => this.submit());
    page.one("back").addEventListener("click", () => this.goBack());
    page.one("moved_amend").addEventListener("click", () => this.amend());
    page.one("amend").addEventListener("click", () => this.amend());
    page.one("join").addEventListener("click", () => this.join());
    for (const button of this.view.stepButtons()) {
      button.addEventListener("click", () => this.choose(Number(button.dataset.step)));
    }
  }

  // ── The amount ──────────────────────────────────────────────────────────────────────────────

  /** What stands in the box in fen, or null. */
  get amountFen() {
    return parseIn(this.page.one("amount").value, this.texts.unit);
  }

  /** @param {number} steps */
  choose(steps) {
    const found = bids.choices(this.live.state).find((choice) => choice.steps === steps);
    if (found) {
      this.steps = steps;
      this.fill(found.fen);
    }
  }

  /** @param {number} fen */
  fill(fen) {
    this.page.one("amount").value = this.texts.figure(fen);
    this.forget();
    this.show();
  }

  typed() {
    this.steps = null;
    this.forget();
    this.show();
  }

  /** A new intention: the last answer is kept among the receipts. */
  forget() {
    if (ANSWERED.has(this.bid.step)) {
      this.bid = bids.IDLE;
    }
  }

  /** @returns {string|null} the first reason why this seat cannot offer now */
  get barrier() {
    const { live } = this;
    const { isUsable, stopped } = live.connection.status;
    const found = bids.barrier(live.state, {
      isUsable,
      stopped,
      isClockFresh: live.clock.isFresh,
      nowMs: live.nowMs,
      seat: live.setup.seat,
      isPriority: false,
    });
    return found ?? (this.outbox.isWaiting ? "waiting" : null);
  }

  // ── From the amount to the answer ───────────────────────────────────────────────────────────

  propose() {
    if (this.barrier) {
      return;
    }
    const fen = this.amountFen;
    if (fen === null) {
      this.bid = { ...bids.IDLE, step: "invalid", code: faultOf(this.page.one("amount").value, this.texts.unit), suggestionFen: this.live.state.min_valid_fen };
    } else {
      this.bid = bids.propose(this.live.state, fen, performance.now());
    }
    this.show();
    if (this.bid.step === "confirm") {
      this.page.one("again_input").value = "";
      this.page.one(this.bid.isJump ? "again_input" : "confirm").focus();
      setTimeout(() => this.show(), bids.SETTLE_MS);
    } else if (!matchMedia(WIDE).matches) {
      this.page.one("next_button").focus(); // the keyboard goes, the answer is in sight
    }
  }

  retyped() {
    this.bid = bids.retype(this.bid, parseIn(this.page.one("again_input").value, this.texts.unit));
    this.show();
  }

  /** @param {KeyboardEvent} event */
  confirmKey(event) {
    if (event.key === "Escape") {
      event.preventDefault();
      this.goBack();
    }
    const isButton = event.target instanceof HTMLButtonElement;
    if (event.key === "Enter" && !isButton && !event.repeat) {
      event.preventDefault();
      this.submit();
    }
  }

  /** The key that goes on: to the confirmation, then to the server. */
  enter() {
    if (this.bid.step === "confirm") {
      this.submit();
    } else if (!this.page.one("next_button").disabled) {
      this.propose();
    }
  }

  goBack() {
    if (this.bid.step === "confirm") {
      this.bid = bids.IDLE;
      this.show();
      this.page.one("amount").focus();
    }
  }

  submit() {
    const { bid } = this;
    if (!bids.canConfirm(bid, performance.now()) || this.barrier) {
      return;
    }
    const command = this.outbox.intend("offer", bid.amountFen);
    if (this.bid.step === "confirm") {
      this.bid = bids.sent(bid, command.token);
    }
    this.page.one("amount").value = "";
    this.show();
    if (matchMedia(WIDE).matches) {
      this.page.one("result").scrollIntoView({ block: "nearest" });
    }
  }

  /** The amount that was offered instead, through the confirmation again. */
  amend() {
    const fen = this.bid.suggestionFen;
    if (fen !== null) {
      this.steps = null;
      this.bid = bids.IDLE;
      this.fill(fen);
      this.propose();
    }
  }

  join() {
    this.bid = { ...bids.IDLE, step: "sending", kind: "join" };
    const command = this.outbox.intend("join", null);
    this.bid = this.bid.step === "sending" ? { ...this.bid, token: command.token } : this.bid;
    this.show();
  }

  /** @param {import("./outbox.js").Command} command @param {Record<string, any>} answer */
  answered(command, answer) {
    const isOther = this.bid.step === "confirm";
    if (!isOther || answer.type !== "ack") {
      this.bid = bids.answered(this.live.state, command, answer);
    }
    this.show();
  }

  /** The outbox says that an answer is overdue. */
  doubt() {
    if ([...this.outbox.pending.values()].some((command) => command.state === "unknown")) {
      this.bid = bids.doubted(this.bid);
    }
    this.show();
  }

  // ── What the page shows ─────────────────────────────────────────────────────────────────────

  /** After every change of the room, the line or the intention. */
  show() {
    this.follow();
    const { bid, steps, barrier, amountFen } = this;
    this.view.show({ bid, steps, barrier, amountFen });
  }

  /** A chosen step follows the price; a confirmation for another price turns off. */
  follow() {
    const { live } = this;
    this.bid = bids.follow(this.bid, live.state);
    if (this.steps !== null && this.bid.step !== "confirm") {
      const found = bids.choices(live.state).find((choice) => choice.steps === this.steps);
      const box = this.page.one("amount");
      const isIdle = this.outbox.isWaiting || live.state.top_plate === live.setup.seat;
      box.value = found && !isIdle ? this.texts.figure(found.fen) : "";
    }
  }

  /** Five times a second: what hangs on the time alone. */
  tick() {
    const { live } = this;
    this.view.tick();
    const key = `${this.barrier} ${shownPhase(live.state, live.nowMs)} ${Math.floor(this.view.waitedMs() / 1000)}`;
    if (key !== this.shownKey) {
      this.shownKey = key;
      this.show();
    }
  }
}
