/**
 * What must be noticed: said politely to screen readers, sounded once, felt in the hand. Milestones
 * only; every sound has its words on the page.
 */

import { memory } from "../store.js";
import { isFinal, shownPhase, stageOf } from "./state.js";
import { thresholds } from "./clock.js";
import { logLine, next, periodMs, reasonText } from "./words.js";

/** After these the last extension is no news any more. */
const ENDS_EXTENSION = new Set(["phase_changed", "paused", "hammered", "passed_in", "aborted"]);
/** @type {Record<string, [number, number][]>} pitch in hertz, length in seconds */
const SOUNDS = {
  outbid: [[330, 0.16], [262, 0.24]],
  extended: [[587, 0.2]],
  soon: [[494, 0.12], [494, 0.12]],
  sold: [[523, 0.14], [659, 0.14], [784, 0.3]],
};
const LOUDNESS = 0.12;
/** So long a new extension lies above an announcement that is still to be read. */
const EXTENSION_FRESH_MS = 8000;

/** Tones without a file: nothing to load, nothing to block. */
class Tones {
  constructor() {
    /** @type {AudioContext|null} */
    this.context = null;
    // A browser lets a page sound only after the first touch.
    for (const kind of ["pointerdown", "keydown"]) {
      document.addEventListener(kind, () => this.wake(), { once: true, passive: true });
    }
  }

  wake() {
    if (this.context === null && window.AudioContext) {
      this.context = new AudioContext();
    }
    void this.context?.resume();
  }

  /** @param {[number, number][]} notes */
  play(notes) {
    const { context } = this;
    if (context?.state !== "running") {
      return;
    }
    let at = context.currentTime;
    for (const [hertz, seconds] of notes) {
      const tone = context.createOscillator();
      const gain = context.createGain();
      tone.frequency.value = hertz;
      gain.gain.setValueAtTime(LOUDNESS, at);
      gain.gain.exponentialRampToValueAtTime(0.001, at + seconds);
      tone.connect(gain).connect(context.destination);
      tone.start(at);
      tone.stop(at + seconds);
      at += seconds;
    }
  }
}

/** A switch that is remembered: pressed is on. */
export class Switch {
  /** @param {import("./dom.js").Page} page @param {import("./texts.js").Texts} texts @param {string} name */
  constructor(page, texts, name) {
    this.page = page;
    this.texts = texts;
    this.name = name;
    this.isOn = memory.getItem(`room.${name}`) !== "off";
    page.one(name)?.addEventListener("click", () => this.turn());
    this.show();
  }

  turn() {
    this.isOn = !this.isOn;
    memory.setItem(`room.${this.name}`, this.isOn ? "on" : "off");
    this.show();
  }

  show() {
    this.page.one(this.name)?.setAttribute("aria-pressed", String(this.isOn));
    this.page.text(`${this.name}_word`, this.texts.say(this.isOn ? "say.on" : "say.off"));
  }
}

export class Alerts {
  /** @param {import("./dom.js").Page} page @param {import("./live.js").Live} live */
  constructor(page, live) {
    this.page = page;
    this.live = live;
    this.texts = live.texts;
    this.tones = new Tones();
    this.sound = new Switch(page, live.texts, "sound");
    this.vibration = new Switch(page, live.texts, "vibration");
    page.show("vibration", "vibrate" in navigator && matchMedia("(pointer: coarse)").matches);
    page.one("announced_close")?.addEventListener("click", () => page.show("announced_box", false));
    this.phase = "";
    this.saidAt = "";
    this.saidLine = "";
    this.extendedAt = Number.NEGATIVE_INFINITY;
  }

  /** @param {string} text @param {boolean} [isUrgent] */
  say(text, isUrgent = false) {
    this.page.text(isUrgent ? "say_now" : "say", text);
  }

  /**
   * The line broke, or no offer can be sent any more: said once; the seconds tick in silence.
   * @param {import("./connection.js").Status} status
   * @param {boolean} isOver
   */
  hearLine({ link, stopped }, isOver) {
    const key = isOver ? "" : (stopped ?? (link === "lost" ? "lost" : ""));
    if (key === this.saidLine) {
      return;
    }
    this.saidLine = key;
    if (key) {
      this.say(this.texts.say(key === "lost" ? "say.lost" : `line.${key}`), true);
    }
  }

  /** @param {string} kind @param {number[]} [pattern] */
  sounds(kind, pattern) {
    if (this.sound.isOn) {
      this.tones.play(SOUNDS[kind]);
    }
    // Like sound, only after the first touch: a browser complains before.
    if (pattern && this.vibration.isOn && /** @type {any} */ (navigator).userActivation?.hasBeenActive) {
      navigator.vibrate?.(pattern);
    }
  }

  /** @param {import("./state.js").RoomEvent[]} events @param {import("./state.js").RoomState} before */
  hear(events, before) {
    const { live, texts } = this;
    const { state } = live;
    this.noticeStanding(before.me?.state, state.me?.state);
    for (const event of events) {
      if (ENDS_EXTENSION.has(event.kind)) {
        this.page.show("ext_box", false);
      }
      if (event.kind === "extended") {
        this.extended(event);
      } else if (event.kind === "announced") {
        this.announced(event.text, true);
      } else if (event.round) {
        this.tied(event);
      } else if (event.kind === "paused") {
        this.say(texts.say("line.paused", { reason: reasonText(event.reason, texts) }), true);
      } else if (event.kind === "hammered") {
        this.say(texts.say("say.sold", { plate: event.plate, amount: texts.amount(event.price_fen) }));
        this.sounds("sold");
      }
    }
    if (isFinal(state)) {
      this.page.show("announced_box", false);
    }
  }

  /** @param {string|undefined} before @param {string|undefined} now */
  noticeStanding(before, now) {
    const { top_fen: top } = this.live.state;
    if (before === now || top === null || (now !== "outbid" && now !== "leading")) {
      return;
    }
    this.say(this.texts.say(`say.${now}`, { amount: this.texts.amount(top) }), now === "outbid");
    if (now === "outbid") {
      this.sounds("outbid", [120, 60, 120]);
    }
  }

  /** A further sealed round: whoever may quote again must hear of it. @param {import("./state.js").RoomEvent} event */
  tied(event) {
    const plate = this.live.state.me?.plate;
    const isMine = plate !== undefined && event.plates.includes(plate);
    this.say(logLine(event, this.texts, this.live.state) ?? "", isMine);
    if (isMine) {
      this.sounds("outbid", [120, 60, 120]);
    }
  }

  /** @param {import("./state.js").RoomEvent} event */
  extended(event) {
    this.extendedAt = performance.now();
    this.say(this.showExtension(event));
    this.sounds("extended", [80]);
  }

  /** @param {import("./state.js").RoomEvent} event @returns {string} */
  showExtension(event) {
    const { texts } = this;
    const text = texts.say("line.extended", {
      n: event.extensions,
      at: texts.time(event.at),
      end: texts.time(event.ends_at),
    });
    this.page.text("ext", text);
    this.page.show("ext_box", true);
    return text;
  }

  /** What a reader who comes later must still see. @param {import("./state.js").RoomEvent[]} news */
  recall(news) {
    if (isFinal(this.live.state)) {
      return;
    }
    const latest = [...news].reverse();
    const said = latest.find((event) => event.kind === "announced");
    if (said) {
      this.announced(said.text, false);
    }
    const moved = latest.find((event) => event.kind === "extended" || ENDS_EXTENSION.has(event.kind));
    if (moved?.kind === "extended") {
      this.showExtension(moved);
    }
  }

  /** @param {string} text @param {boolean} isNew */
  announced(text, isNew) {
    this.page.text("announced", this.texts.say("log.announced", { text }));
    this.page.show("announced_box", true);
    this.extendedAt = Number.NEGATIVE_INFINITY;
    if (isNew) {
      this.say(this.texts.say("log.announced", { text }));
    }
  }

  /** Milestones of time and phase. @param {number} nowMs */
  tick(nowMs) {
    const { live, texts } = this;
    const { state } = live;
    const phase = shownPhase(state, nowMs);
    this.page.data("ext_box", "fresh", String(performance.now() - this.extendedAt < EXTENSION_FRESH_MS));
    if (this.phase && phase !== this.phase && phase !== "sold") {
      this.say(texts.say("say.phase", { phase: texts.say(`phase.${stageOf(state, phase)}`), next: next(state, nowMs, texts) }));
    }
    this.phase = phase;
    if (isFinal(state) || state.ends_at === null || phase === "closing" || phase === "scheduled") {
      return;
    }
    this.countdown(state.ends_at, Date.parse(state.ends_at) - nowMs);
  }

  /** @param {string} endsAt @param {number} left */
  countdown(endsAt, left) {
    const { warnS, lastS } = thresholds(periodMs(this.live.state));
    const mark = left <= lastS * 1000 ? "last" : left <= warnS * 1000 ? "soon" : "";
    if (mark === "" || this.saidAt === `${endsAt} ${mark}`) {
      return;
    }
    this.saidAt = `${endsAt} ${mark}`;
    this.say(this.texts.say("say.soon", { span: this.texts.span(Math.ceil(left / 1000)) }));
    if (mark === "last") {
      this.sounds("soon", [60]);
    }
  }
}
