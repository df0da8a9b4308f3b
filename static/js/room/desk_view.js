/** What the bid zone shows: amount, steps, confirmation, answer. It only writes the page. */

import { formatRemaining } from "../duration.js";
import * as bids from "./bid.js";
import { cell } from "./dom.js";
import { capitals, capitalsBare, formatIn, ratePercent } from "./money.js";
import { receiptName } from "./receipts.js";
import { isFalling, isFinal, shownPhase } from "./state.js";
import { target } from "./view.js";

/** A phone shows an accepted offer above everything for so long. */
const ON_TOP_MS = 8000;
const RESULTS = new Set(["invalid", "sending", "unknown", "accepted", "refused"]);

/**
 * @typedef {{bid: import("./bid.js").Bid, steps: number|null, barrier: string|null,
 *   amountFen: number|null}} Shown
 */

export class DeskView {
  /**
   * @param {import("./dom.js").Page} page
   * @param {import("./live.js").Live} live
   * @param {import("./outbox.js").Outbox} outbox
   */
  constructor(page, live, outbox) {
    this.page = page;
    this.live = live;
    this.outbox = outbox;
    this.texts = live.texts;
    /** @type {import("./bid.js").Bid} */
    this.bid = bids.IDLE;
    /** @type {number|null} */
    this.steps = null;
    /** @type {string|null} */
    this.barrier = null;
    /** @type {number|null} */
    this.amountFen = null;
    this.answeredAt = 0;
  }

  /** @returns {HTMLButtonElement[]} */
  stepButtons() {
    return [...this.page.one("steps").querySelectorAll("[data-step]")];
  }

  /** @param {Shown} shown */
  show(shown) {
    Object.assign(this, shown);
    const { live, page } = this;
    const { state } = live;
    const isOver = isFinal(state);
    const isConfirming = this.bid.step === "confirm" && !isOver;
    page.show("bid_place", !isOver && state.phase !== "inquiry");
    page.one("bid_form").inert = isConfirming;
    page.data("bid_place", "confirming", String(isConfirming));
    page.show("confirm", isConfirming);
    this.showJoin();
    this.showForm();
    this.showAmount();
    if (isConfirming) {
      this.showConfirm();
    }
    this.showResult();
  }

  showJoin() {
    const { page, live } = this;
    const isAsked = shownPhase(live.state, live.nowMs) === "inquiry" && bids.asksWhoJoins(live.state);
    const hasJoined = Boolean(live.state.me?.joined);
    page.show("join_box", isAsked);
    page.show("join_ask", !hasJoined);
    page.show("join", !hasJoined);
    page.show("join_note", !hasJoined);
    page.show("joined", hasJoined);
    const { isUsable } = live.connection.status;
    page.one("join").disabled = !isUsable || this.outbox.isWaiting;
  }

  showForm() {
    const { page, live, texts } = this;
    const { state } = live;
    const found = this.barrier;
    const choices = new Map(bids.choices(state).map(({ steps, fen }) => [steps, fen]));
    for (const button of this.stepButtons()) {
      const fen = choices.get(Number(button.dataset.step));
      button.disabled = found !== null || fen === undefined;
      cell(button, "amount").textContent = fen === undefined ? texts.say("word.none") : texts.figure(fen);
      button.setAttribute("aria-pressed", String(this.steps === Number(button.dataset.step)));
      button.hidden = choices.size === 1 && fen === undefined;
    }
    page.text("barrier", found === null ? "" : this.texts.say(`barrier.${found}`));
    page.data("barrier", "code", found ?? "");
  }

  showAmount() {
    const { page, texts } = this;
    const box = page.one("amount");
    const fen = this.amountFen;
    const isEmpty = box.value.trim() === "";
    page.text("upper", fen === null ? "" : capitalsBare(fen));
    page.text("change", fen === null ? "" : this.changeText(fen));
    box.setAttribute("aria-invalid", String(!isEmpty && fen === null));
    page.one("next_button").disabled = isEmpty || this.barrier !== null;
    page.text("next_text", this.nextText(isEmpty));
  }

  /** What pressing the button will do, or what it still needs. @param {boolean} isEmpty */
  nextText(isEmpty) {
    const { texts, bid, amountFen: fen } = this;
    if (isEmpty) {
      return texts.say("bid.next.empty");
    }
    if (fen === null || bid.step === "invalid") {
      return texts.say("bid.next.wrong");
    }
    return texts.say("bid.next", { amount: texts.amount(fen) });
  }

  /** How far an amount lies from the price in force, before any offer from the start price. @param {number} fen */
  changeText(fen) {
    const { texts } = this;
    const { state } = this.live;
    const from = bids.basis(state);
    if (!from) {
      return "";
    }
    const than = bids.compared(state);
    if (fen === from && than !== "price") {
      return texts.say(`bid.same.${than}`);
    }
    const sign = fen < from ? "−" : "+";
    const percent = `${sign}${ratePercent(Math.abs(fen - from), from)}`;
    return texts.say(`bid.change.${than}`, { sign, difference: texts.amount(Math.abs(fen - from)), percent });
  }

  showConfirm() {
    const { page, texts, bid, live } = this;
    const fen = bid.amountFen ?? 0;
    const amount = texts.amount(fen);
    const other = texts.unit === "万元" ? "元" : "万元";
    page.text("confirm_amount", amount);
    page.text("confirm_other", `= ${formatIn(fen, other)} ${texts.say(`unit.${other}`)}`);
    page.text("confirm_capitals", capitals(fen));
    page.text("confirm_change", [this.changeText(fen), this.overStart(fen)].filter(Boolean).join("　"));
    page.text("confirm_text", texts.say("bid.confirm.amount", { amount }));
    page.show("again", bid.isJump && !bid.isMoved);
    const way = isFalling(live.state) ? "falling" : "rising";
    page.text("again_text", texts.say(`bid.again.${way}.${bids.compared(live.state)}`, { amount }));
    const typed = page.one("again_input").value;
    page.note("again_note", typed && !bid.isRetyped ? texts.say("bid.retype.wrong") : null);
    this.showMoved(amount);
    const found = this.barrier;
    page.note("confirm_stop", found === null ? null : this.texts.say(`barrier.${found}`));
    page.one("confirm_button").disabled = !bids.canConfirm(bid, performance.now()) || found !== null;
  }

  /** @param {number} fen */
  overStart(fen) {
    const { terms } = this.live.state;
    const start = terms.start_fen;
    if (!start || this.live.state.top_fen === null || fen === start) {
      return "";
    }
    const isUnder = isFalling(this.live.state);
    const percent = ratePercent(Math.abs(fen - start), start);
    return this.texts.say(isUnder ? "bid.change.under_start" : "bid.change.over_start", { percent });
  }

  /** @param {string} amount */
  showMoved(amount) {
    const { page, texts, bid, live } = this;
    page.show("moved", bid.isMoved);
    if (!bid.isMoved) {
      return;
    }
    const price = live.state.top_fen === null ? texts.say("price.none") : texts.amount(live.state.top_fen);
    const key = bid.code ? (isFalling(live.state) ? "bid.moved.falling" : "bid.moved") : "bid.moved.still";
    page.text("moved_text", texts.say(key, { price, amount }));
    const fen = bid.suggestionFen;
    const isSame = fen === bid.amountFen;
    page.note("moved_amend", fen === null ? null : texts.say(isSame ? "bid.keep" : "bid.amend", { amount: texts.amount(fen) }));
  }

  showResult() {
    const { page, bid, texts } = this;
    const isShown = RESULTS.has(bid.step);
    page.show("result", isShown);
    if (!isShown) {
      return;
    }
    const kind = { accepted: "accepted", refused: "refused", invalid: "refused" }[/** @type {"refused"} */ (bid.step)] ?? "pending";
    page.one("result").className = `receipt receipt--${kind}`;
    page.data("result", "state", bid.step);
    if (this.answer !== bid) {
      this.answer = bid;
      this.answeredAt = performance.now();
    }
    page.text("result_word", texts.say(`bid.${bid.step}`));
    page.text("result_text", this.resultText());
    const waited = Math.floor(this.waitedMs() / 1000);
    page.note("result_wait", bid.step === "unknown" ? texts.say("bid.waited", { n: waited }) : null);
    const { receipt } = bid;
    const at = receipt ? ` · ${this.timeOf(receipt)}` : "";
    page.note("receipt", receipt ? texts.say("bid.receipt", { no: receiptName(receipt) }) + at : null);
    const fen = bid.step === "refused" || bid.step === "invalid" ? bid.suggestionFen : null;
    page.note("amend", fen === null ? null : texts.say("bid.amend", { amount: texts.amount(fen) }));
    page.one("amend").disabled = this.barrier !== null;
  }

  resultText() {
    const { bid, texts } = this;
    const amount = bid.amountFen === null ? "" : texts.amount(bid.amountFen);
    if (bid.step === "accepted") {
      return bid.kind === "join" ? texts.say("seat.joined") : amount;
    }
    if (bid.step === "sending" || bid.step === "unknown") {
      return texts.say(bid.kind === "join" ? `bid.join.${bid.step}` : `bid.${bid.step}.text`, { amount });
    }
    return this.refusalText(amount);
  }

  /** @param {string} amount */
  refusalText(amount) {
    const { bid, texts, live } = this;
    const step = live.state.step_fen;
    const reason = texts.reason(bid.code ?? "", isFalling(live.state), bid.message, {
      step: step === null ? "" : texts.amount(step),
      example: texts.figure(live.state.min_valid_fen ?? live.state.terms.start_fen ?? 0),
    });
    return amount ? texts.say("bid.refused.text", { amount, reason }) : reason;
  }

  waitedMs() {
    const [command] = this.outbox.pending.values();
    return command ? performance.now() - command.since : 0;
  }

  /** @param {Record<string, any>} receipt */
  timeOf(receipt) {
    return receipt.at ? this.texts.timeMs(receipt.at) : "";
  }

  /** The time that is left, beside the amount to confirm; how long an answer lies on top. */
  tick() {
    const { live, page, texts } = this;
    const isOld = this.bid.step === "accepted" && performance.now() - this.answeredAt > ON_TOP_MS;
    page.data("result", "old", String(isOld));
    const at = target(live.state);
    if (this.bid.step === "confirm" && at) {
      const time = formatRemaining(Date.parse(at) - live.nowMs, texts.say("word.days"));
      page.text("confirm_left", texts.say("countdown.left", { time }));
    }
  }
}
