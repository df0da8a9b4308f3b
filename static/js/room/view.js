/** The zones every page of a room has: time, phase, price, leader, line. It only writes the page. */

import { formatRemaining, urgency } from "../duration.js";
import { instant, thresholds, timeOfDay } from "./clock.js";
import { tint } from "./dom.js";
import { capitals, formatIn, ratePercent } from "./money.js";
import { isFalling, isFinal, isSealed, shownPhase, stageOf } from "./state.js";
import { next, periodMs, rateKey, reasonText } from "./words.js";

const OFFSET_SHOWN_MS = 2000;
const BAR = 1000;

/**
 * @typedef {import("./state.js").RoomState} RoomState
 * @typedef {import("./texts.js").Texts} Texts
 * @typedef {import("./dom.js").Page} Page
 */

/** The instant the countdown runs to; null while time stands still. @param {RoomState} state */
export function target(state) {
  if (state.phase === "scheduled") {
    return state.opens_at ?? null;
  }
  return state.phase === "paused" ? (state.resumes_at ?? null) : state.ends_at;
}

/** The premium or the saving in per cent, or null before any offer. @param {RoomState} state */
function change(state) {
  const start = state.terms.start_fen;
  if (!start || state.top_fen === null) {
    return null;
  }
  return ratePercent(isFalling(state) ? start - state.top_fen : state.top_fen - start, start);
}

export class RoomView {
  /** @param {Page} page @param {Texts} texts @param {string|null} seat the reader's plate */
  constructor(page, texts, seat) {
    this.page = page;
    this.texts = texts;
    this.seat = seat;
    /** @type {number|null|undefined} */
    this.price = undefined;
  }

  // ── When the state changes ──────────────────────────────────────────────────────────────────

  /** @param {RoomState} state */
  show(state) {
    const { page, texts } = this;
    this.showPrice(state);
    this.showLeader(state);
    this.showSeat(state);
    this.showPause(state);
    page.note("moves", state.extensions ? texts.say("countdown.moves", { n: state.extensions }) : null);
    page.text("min", state.min_valid_fen === null ? texts.say("word.none") : texts.figure(state.min_valid_fen));
    this.showVerdict(state);
  }

  /** @param {RoomState} state */
  showPrice(state) {
    const { page, texts } = this;
    const { top_fen: fen } = state;
    const isOver = isFinal(state);
    const best = `${isFalling(state) ? "lowest" : "highest"}${isOver ? ".ended" : ""}`;
    page.text("price_label", texts.say(`price.${state.phase === "sold" ? "hammer" : best}`));
    const none = isSealed(state) && !isOver ? "price.sealed" : isOver ? "price.nobody" : "price.none";
    page.text("price", fen === null ? texts.say(none) : texts.figure(fen));
    page.show("price_unit", fen !== null);
    const other = texts.unit === "万元" ? "元" : "万元";
    page.text("price_other", fen === null ? "" : `${formatIn(fen, other)} ${texts.say(`unit.${other}`)}`);
    page.text("price_capitals", fen === null ? "" : capitals(fen));
    const rate = change(state);
    page.text("rate", rate === null ? "" : texts.say(rateKey(state), { rate }));
    page.data("price", "empty", String(fen === null));
    page.data("price", "long", String(fen !== null && texts.figure(fen).length > 12));
    if (this.price !== undefined && this.price !== fen) {
      page.all("price_box").forEach(tint);
    }
    this.price = fen;
  }

  /** @param {RoomState} state */
  showLeader(state) {
    const { page, texts } = this;
    page.text("leader_label", texts.say(state.phase === "sold" ? "leader.won" : "leader.leads"));
    page.text("leader", state.top_plate ?? texts.say("word.none"));
    page.data("leader", "mine", String(this.seat !== null && state.top_plate === this.seat));
  }

  /** @param {RoomState} state */
  showSeat(state) {
    const { page, texts } = this;
    if (!state.me) {
      return;
    }
    const standing = state.me.state === "none" && state.me.best_fen !== null ? "quoted" : state.me.state;
    page.text("seat", texts.say(`seat.${standing}`));
    page.piece("seat_icon", "room-seats", standing);
    page.data("seat_box", "state", state.me.state);
    const best = state.me.best_fen;
    page.text("seat_note", best === null ? "" : texts.say("seat.best", { amount: texts.amount(best) }));
  }

  /** @param {RoomState} state */
  showPause(state) {
    const { texts } = this;
    const isPaused = state.phase === "paused";
    this.page.show("paused_box", isPaused);
    this.page.text("paused", isPaused ? texts.say("line.paused", { reason: reasonText(state.reason, texts) }) : "");
  }

  /** @param {RoomState} state */
  showVerdict(state) {
    const { page, texts } = this;
    const isOver = isFinal(state);
    page.show("verdict", isOver);
    page.show("watch_box", !isOver);
    if (!isOver) {
      return;
    }
    page.text("verdict_title", texts.say(`phase.${state.phase}`));
    const words = reasonText(state.reason, texts);
    const key = { sold: "hammered", unsold: "passed_in", aborted: "aborted" }[/** @type {"sold"} */ (state.phase)];
    const amount = state.top_fen === null ? "" : texts.amount(state.top_fen);
    page.note("stopped", state.phase === "aborted" ? texts.say("log.aborted", { reason: words }) : null);
    page.text("verdict_text", texts.say(`log.${key}`, { plate: state.top_plate ?? "", amount, reason: words }));
  }

  // ── Five times a second ─────────────────────────────────────────────────────────────────────

  /** @param {RoomState} state @param {number} nowMs server time */
  tick(state, nowMs) {
    const { page, texts } = this;
    const phase = shownPhase(state, nowMs);
    const stage = stageOf(state, phase);
    page.piece("phase", "room-phases", stage);
    page.data("phase", "phase", phase);
    page.text("next", next(state, nowMs, texts));
    page.text("server_time", timeOfDay(nowMs));
    page.text("countdown_label", texts.say(`countdown.${isFinal(state) && phase !== "aborted" ? "ended" : stage}`));
    this.showRail(state, phase);
    this.showCountdown(state, nowMs);
  }

  /** @param {RoomState} state @param {number} nowMs */
  showCountdown(state, nowMs) {
    const { page, texts } = this;
    const at = target(state);
    page.data("countdown", "endsAt", at ?? "");
    if (at === null || isFinal(state)) {
      page.text("countdown", at === null ? texts.say("word.none") : instant(at, nowMs));
      page.data("countdown", "urgency", isFinal(state) ? "ended" : "over");
      page.text("urgency", "");
      this.bar(null);
      return;
    }
    const left = Math.max(0, Date.parse(at) - nowMs);
    const period = periodMs(state);
    const { warnS, lastS } = thresholds(period);
    const pressing = state.phase === "scheduled" ? "" : urgency(left, warnS, lastS);
    const word = { soon: "countdown.soon", last: "countdown.last" }[/** @type {"soon"} */ (pressing)];
    page.text("countdown", formatRemaining(left, texts.say("word.days")));
    page.data("countdown", "urgency", pressing);
    page.text("urgency", word ? texts.say(word) : "");
    this.bar(period === null ? null : left / period);
  }

  /** @param {number|null} share */
  bar(share) {
    for (const bar of this.page.all("countdown_bar")) {
      bar.classList.toggle("countdown-bar--off", share === null);
      /** @type {HTMLProgressElement} */ (bar).value = Math.round(Math.min(1, share ?? 0) * BAR);
    }
  }

  /** @param {RoomState} state @param {string} phase */
  showRail(state, phase) {
    const here = state.resumes_to ?? (phase === "closing" ? state.phase : phase);
    if (here === this.stage) {
      return;
    }
    this.stage = here;
    const steps = /** @type {HTMLElement[]} */ ([...this.page.root.querySelectorAll("[data-stage]")]);
    const isOver = isFinal(state);
    const index = isOver ? steps.length - 1 : steps.findIndex((step) => step.dataset.stage === here);
    steps.forEach((step, i) => {
      const isDone = i < index || (isOver && i === index && state.phase === "sold");
      const current = isOver && state.phase !== "sold" ? "stopped" : "current";
      step.className = `rail__step rail__step--${isDone ? "done" : i === index ? current : "todo"}`;
      if (i === index && !isOver) {
        step.setAttribute("aria-current", "step");
      } else {
        step.removeAttribute("aria-current");
      }
      if (isOver && i === index) {
        step.querySelector(".rail__label")?.replaceChildren(this.texts.say(`phase.${state.phase}`));
      }
    });
  }

  // ── The line ────────────────────────────────────────────────────────────────────────────────

  /**
   * @param {import("./connection.js").Status} status
   * @param {import("./clock.js").RoomClock} clock
   * @param {boolean} isOver a room that has ended does not change any more
   */
  showLine(status, clock, isOver) {
    const { page, texts } = this;
    const { link, rttMs, stopped, lostMs } = status;
    page.piece("link", "room-links", link);
    page.data("link_box", "state", link === "connected" ? "ok" : link);
    const isLost = link === "lost" || link === "retrying";
    page.note("rtt", rttMs === null || isLost ? null : texts.say("line.rtt", { ms: Math.round(rttMs) }));
    const isDoubtful = !isOver && link === "lost";
    const isToldOf = isDoubtful || (!isOver && Boolean(stopped));
    const text = stopped
      ? texts.say(`line.${stopped}`)
      : texts.say("line.lost", { n: Math.floor(lostMs / 1000), attempt: Math.max(1, status.attempt) });
    page.note("lost", isToldOf ? text : !isOver && status.isGap ? texts.say("line.gap") : null);
    page.show("lost_box", isToldOf || (!isOver && status.isGap));
    page.show("sign_in", stopped === "signed_out");
    page.show("stale", isDoubtful);
    page.data("price_box", "stale", String(isDoubtful));
    page.note("fallback", link === "fallback" ? texts.say("line.fallback") : null);
    page.show("fallback_box", link === "fallback" && !isOver);
    this.showOffset(clock);
  }

  /** @param {import("./clock.js").RoomClock} clock */
  showOffset(clock) {
    const { page, texts } = this;
    const [ahead, error] = [clock.ahead(Date.now()), clock.error()];
    if (ahead === null || error === null) {
      page.text("offset", texts.say("line.offset.unknown"));
      return;
    }
    const sign = texts.say(ahead >= 0 ? "line.offset.ahead" : "line.offset.behind");
    const ms = Math.round(Math.abs(ahead));
    page.text("offset", texts.say("line.offset", { sign, ms, error: Math.max(1, Math.round(error)) }));
    const isWrong = ms >= OFFSET_SHOWN_MS;
    page.text("offset_warning", isWrong ? texts.say("line.offset.warning", { sign, n: Math.round(ms / 1000) }) : "");
    page.show("offset_box", isWrong);
  }
}
