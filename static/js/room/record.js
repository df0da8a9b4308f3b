/** The record beside the price: offers newest first, other events, the staircase. */

import { drawChart } from "./chart.js";
import { timeMs, timeOfDay } from "./clock.js";
import { cell } from "./dom.js";
import { logLine } from "./words.js";

const ROWS_KEPT = 200;

/**
 * @typedef {import("./state.js").Offer} Offer
 * @typedef {import("./state.js").RoomEvent} RoomEvent
 * @typedef {import("./state.js").RoomState} RoomState
 */

export class OfferRows {
  /** @param {import("./dom.js").Page} page @param {import("./texts.js").Texts} texts @param {string|null} seat */
  constructor(page, texts, seat) {
    this.page = page;
    this.texts = texts;
    this.seat = seat;
    /** @type {Offer[]} */
    this.offers = [];
    this.isDrawn = false;
    this.count = 0;
  }

  /** Everything known now; only what is new gets a row. @param {RoomState} state */
  show(state) {
    const last = this.offers.at(-1)?.seq ?? 0;
    const first = state.offers[0]?.seq ?? 0;
    const hasHole = this.offers.length > 0 && first > last;
    if (hasHole || !this.isDrawn) {
      this.offers = [];
      this.page.one("history")?.replaceChildren();
    }
    this.isDrawn = true;
    const known = this.offers.at(-1)?.seq ?? 0;
    for (const offer of state.offers) {
      if (offer.seq > known) {
        this.add(offer);
      }
    }
    this.count = state.offer_count ?? this.offers.length;
    this.page.show("history_empty", this.offers.length === 0);
    this.draw();
  }

  /** @param {Offer} offer */
  add(offer) {
    const place = this.page.one("history");
    const before = this.offers.at(-1);
    this.offers.push(offer);
    if (!place) {
      return;
    }
    place.prepend(this.row(offer, before));
    while (place.childElementCount > ROWS_KEPT) {
      place.lastElementChild.remove();
    }
  }

  /** @param {Offer} offer @param {Offer|undefined} before */
  row(offer, before) {
    const { texts } = this;
    const row = /** @type {HTMLElement} */ (
      this.page.template("history-row").firstElementChild?.cloneNode(true)
    );
    const isMine = offer.plate === this.seat;
    row.dataset.seq = String(offer.seq);
    row.classList.toggle("is-mine", isMine);
    cell(row, "at").textContent = timeMs(offer.at);
    cell(row, "plate").textContent = offer.plate;
    cell(row, "mark").textContent = isMine ? texts.say("word.you") : "";
    cell(row, "amount").textContent = texts.figure(offer.amount_fen);
    if (before) {
      const gain = offer.amount_fen - before.amount_fen;
      cell(row, "gain").textContent = `${gain < 0 ? "−" : "+"}${texts.figure(Math.abs(gain))}`;
    }
    return row;
  }

  draw() {
    const { page, texts, offers } = this;
    const chart = page.one("chart");
    page.show("chart_box", offers.length > 0);
    page.text("offer_count", this.count ? texts.say("say.offers", { n: this.count }) : "");
    if (!chart || offers.length === 0) {
      return;
    }
    drawChart(chart, offers, this.seat, texts);
    const [from, to] = [offers[0].amount_fen, offers[offers.length - 1].amount_fen];
    const label = { n: offers.length, from: texts.amount(from), to: texts.amount(to) };
    chart.setAttribute("aria-label", texts.say("say.chart", label));
  }
}

export class EventLog {
  /** @param {import("./dom.js").Page} page @param {import("./texts.js").Texts} texts */
  constructor(page, texts) {
    this.page = page;
    this.texts = texts;
    this.seen = new Set();
  }

  /** @param {RoomEvent[]} events in order @param {RoomState} state */
  add(events, state) {
    const place = this.page.one("log");
    for (const event of events) {
      const text = place && !this.seen.has(event.seq) ? logLine(event, this.texts, state) : null;
      if (text !== null) {
        this.seen.add(event.seq);
        place.prepend(this.line(event, text));
      }
    }
  }

  /** @param {RoomEvent} event @param {string} text */
  line(event, text) {
    const line = /** @type {HTMLElement} */ (
      this.page.template("log-line").firstElementChild?.cloneNode(true)
    );
    line.dataset.seq = String(event.seq);
    line.dataset.kind = event.kind;
    cell(line, "at").textContent = timeOfDay(Date.parse(event.at));
    cell(line, "text").textContent = text;
    return line;
  }
}
