/** The page of a replay: reads the record, checks it, and goes through it step by step. */

import { drawChart } from "../room/chart.js";
import { timeMs } from "../room/clock.js";
import { cell, embedded, Page } from "../room/dom.js";
import { isFinal, isSealed } from "../room/state.js";
import { Texts } from "../room/texts.js";
import { RoomView } from "../room/view.js";
import { readRecord } from "./feed.js";
import { Player } from "./player.js";
import { recheck } from "./recheck.js";
import { rowsOf, stepsOf } from "./steps.js";
import { eventLine, findingText, inFull, isQuoted, verdictText } from "./words.js";

const FINDINGS_SHOWN = 20;
/** How often a screen reader is told where a replay is that plays by itself. */
const SAY_EVERY_MS = 2000;
const MARK = "aria-current";

const setup = embedded("replay-setup");
const page = new Page(document);
const texts = Texts.of(document, setup.unit);
const view = new RoomView(page, texts, null);
const timers = {
  after: (/** @type {number} */ ms, /** @type {() => void} */ act) => {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
};

/** @type {import("./steps.js").Step[]} */
let steps = [];
/** @type {import("./steps.js").Row[]} */
let rows = [];
/** @type {HTMLElement[]} */
let lines = [];
/** @type {Player|null} */
let player = null;
let saidAt = 0;

// ── the verdict ─────────────────────────────────────────────────────────────────────────────────

/** @param {"loading"|"same"|"different"|"unsure"|"failed"} which */
function showOnly(which) {
  for (const name of ["loading", "same", "different", "unsure", "failed"]) {
    page.show(name, name === which);
  }
}

/** @param {import("./recheck.js").Report} report */
function showVerdict(report) {
  const { findings } = report;
  const kind = findings.length > 0 ? "different" : report.isKnown ? "same" : "unsure";
  page.text(`${kind}_text`, kind === "unsure" ? "" : verdictText(report, texts));
  page.one("findings").replaceChildren(...findings.slice(0, FINDINGS_SHOWN).map(findingLine));
  const more = findings.length - FINDINGS_SHOWN;
  page.note("findings_more", more > 0 ? texts.say("replay.more", { n: more }) : null);
  page.one("unseen").replaceChildren(...["refused", ...report.unseen].map(unseenLine));
  page.show("method", report.isKnown);
  showOnly(kind);
}

/** @param {import("./recheck.js").Finding} finding */
function findingLine(finding) {
  const line = copyOf("finding");
  const link = /** @type {HTMLAnchorElement} */ (cell(line, "seq"));
  const isThere = steps.some(({ event }) => event.seq === finding.seq);
  if (isThere) {
    link.href = `#event-${finding.seq}`;
    link.textContent = texts.say("replay.event", { seq: finding.seq });
  }
  cell(line, "text").textContent = ` ${findingText(finding, texts)}`;
  return line;
}

/** @param {string} what */
function unseenLine(what) {
  const line = document.createElement("li");
  line.textContent = texts.say(`unseen.${what}`);
  return line;
}

/** @param {string} id @returns {HTMLElement} */
function copyOf(id) {
  return /** @type {HTMLElement} */ (page.template(id).firstElementChild?.cloneNode(true));
}

// ── one step ────────────────────────────────────────────────────────────────────────────────────

/** @param {number} number @param {boolean} isPlaying */
function showStep(number, isPlaying) {
  const { event, state, moved } = steps[number - 1];
  const line = eventLine(event, texts, state);
  const place = texts.say("replay.position", { seq: event.seq, n: steps.length });
  view.show(state);
  view.tick(state, Date.parse(event.at));
  page.show("left_row", !isFinal(state) && state.phase !== "paused");
  page.text("position", place);
  page.text("at", inFull(event.at));
  page.text("line", line);
  page.one("line").lang = isQuoted(event, texts) ? "zh-Hans" : document.documentElement.lang;
  page.text("end", inFull(state.ends_at));
  page.text("extensions", String(state.extensions));
  page.note("moved", moved && movedText(moved));
  showRows(event.seq);
  markEvent(event.seq);
  showControls(number, isPlaying, `${place} ${line}`);
}

/** @param {import("./steps.js").Moved} moved */
function movedText({ n, cause, plate, from, to }) {
  return texts.say("replay.moved", { n, cause, plate, from: inFull(from), to: inFull(to) });
}

/** The offers until now; those of this very event are marked. @param {number} seq */
function showRows(seq) {
  const known = rows.filter((row) => row.seq <= seq);
  lines.forEach((line, index) => {
    const isNow = rows[index].seq === seq;
    line.hidden = rows[index].seq > seq;
    cell(line, "mark").textContent = isNow ? texts.say("replay.now") : "";
    isNow ? line.setAttribute(MARK, "true") : line.removeAttribute(MARK);
  });
  page.text("offer_count", known.length ? texts.say("say.offers", { n: known.length }) : "");
  page.show("offers_empty", known.length === 0);
  const frame = page.one("offers_wrap");
  frame.scrollTop = frame.scrollHeight;
  drawRows(known);
}

/** @param {import("./steps.js").Row[]} known */
function drawRows(known) {
  const isShown = known.length > 0 && !isSealed(/** @type {any} */ (setup.published));
  page.show("chart_box", isShown);
  if (!isShown) {
    return;
  }
  const chart = page.one("chart");
  drawChart(chart, known, null, texts);
  const [from, to] = [known[0].amount_fen, known[known.length - 1].amount_fen];
  const label = { n: known.length, from: texts.amount(from), to: texts.amount(to) };
  chart.setAttribute("aria-label", texts.say("say.chart", label));
}

/** The same event in the table of all. @param {number} seq */
function markEvent(seq) {
  const table = page.one("events");
  table.querySelector(`[${MARK}]`)?.removeAttribute(MARK);
  table.querySelector(`[data-seq="${seq}"]`)?.setAttribute(MARK, "true");
}

/** @param {number} number @param {boolean} isPlaying @param {string} said */
function showControls(number, isPlaying, said) {
  const slider = page.one("slider");
  slider.value = String(number);
  slider.setAttribute("aria-valuetext", said);
  page.text("play_word", texts.say(isPlaying ? "replay.pause" : "replay.play"));
  page.show("play_icon", !isPlaying);
  page.show("pause_icon", isPlaying);
  const now = performance.now();
  if (!isPlaying || now - saidAt >= SAY_EVERY_MS) {
    saidAt = now;
    page.text("say", said);
  }
}

/** @param {import("./steps.js").Row} row */
function offerLine(row) {
  const line = copyOf("offer-row");
  cell(line, "seq").textContent = String(row.seq);
  cell(line, "at").textContent = timeMs(row.at);
  cell(line, "plate").textContent = row.plate;
  cell(line, "amount").textContent = texts.figure(row.amount_fen);
  return line;
}

// ── the way through ─────────────────────────────────────────────────────────────────────────────

/** @param {string} hash of an address: `#event-12` */
function goTo(hash) {
  const seq = Number(/^#event-(\d+)$/.exec(hash)?.[1]);
  const index = steps.findIndex(({ event }) => event.seq === seq);
  if (index >= 0) {
    player?.go(index + 1);
  }
  return index >= 0;
}

/** @param {KeyboardEvent} event */
function press(event) {
  const target = /** @type {Element} */ (event.target);
  if (event.ctrlKey || event.metaKey || event.altKey || target.closest("select")) {
    return;
  }
  const isSlider = target === page.one("slider");
  if (isSlider && event.key === " ") {
    event.preventDefault();
    player?.toggle();
  }
  const where = { ArrowLeft: "back", ArrowRight: "on", Home: "first", End: "last" }[event.key];
  // A slider knows these keys by itself.
  if (where && !isSlider) {
    event.preventDefault();
    player?.move(/** @type {"on"} */ (where));
  }
}

function listen() {
  const controls = page.one("controls");
  controls.addEventListener("keydown", press);
  controls.addEventListener("click", (/** @type {MouseEvent} */ event) => {
    const button = /** @type {Element} */ (event.target).closest("[data-go]");
    if (button instanceof HTMLElement) player?.move(/** @type {"on"} */ (button.dataset.go));
  });
  page.one("play").addEventListener("click", () => player?.toggle());
  page.one("slider").addEventListener("input", () => player?.go(Number(page.one("slider").value)));
  page.one("pace").addEventListener("change", () => player?.setPace(Number(page.one("pace").value)));
  page.one("retry").addEventListener("click", () => void load());
  window.addEventListener("hashchange", () => goTo(location.hash));
  new ResizeObserver(() => player && showRows(steps[player.step - 1].event.seq)).observe(page.one("chart_box"));
}

/** The record as the feed has it; whatever fails leaves the table of events and a way to try again. */
async function load() {
  showOnly("loading");
  try {
    const events = await readRecord(setup.feed, (address) => fetch(address, { cache: "no-store" }));
    steps = stepsOf(events, setup.published);
    rows = rowsOf(events);
    showVerdict(recheck(events, setup.published));
  } catch {
    showOnly("failed");
    return;
  }
  lines = rows.map(offerLine);
  page.one("offers").replaceChildren(...lines);
  player = new Player(steps.length, showStep, timers);
  page.one("slider").max = String(steps.length);
  page.show("player", true);
  if (!goTo(location.hash)) player.go(1);
}

listen();
void load();
