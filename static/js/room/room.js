/** The page of bidders and watchers. */

import { tabMemory } from "../store.js";
import { Alerts } from "./alerts.js";
import { asksWhoJoins } from "./bid.js";
import { BidDesk } from "./desk.js";
import { embedded, Page } from "./dom.js";
import { keepAwake, listenForKeys, newToken } from "./keys.js";
import { Live, timers } from "./live.js";
import { Outbox } from "./outbox.js";
import { Receipts } from "./receipts.js";
import { EventLog, OfferRows } from "./record.js";
import { isFinal, isSealed, withJoin, withSealedQuote } from "./state.js";
import { RoomView } from "./view.js";

const AGAIN_MS = 2000;

const page = new Page(document);
const live = new Live({
  onState: showState,
  onTick: tick,
  onStatus: showStatus,
  onEvents: hear,
  onAnswer: (answer) => bidder?.outbox.settle(answer),
  onLine: lineChanged,
});
const { seat } = live.setup;
const view = new RoomView(page, live.texts, seat);
const rows = new OfferRows(page, live.texts, seat);
const log = new EventLog(page, live.texts);
const alerts = new Alerts(page, live);
/** @type {{outbox: Outbox, desk: BidDesk, receipts: Receipts}|null} */
const bidder = seat === null ? null : seatBidder();

function seatBidder() {
  const { code } = live.setup;
  const receipts = new Receipts(page, live.texts, { code, seat });
  const outbox = new Outbox(
    { store: tabMemory, key: `room.outbox.${code}.${seat}`, newToken, ticks: () => performance.now(), timers },
    {
      transmit: (command) => live.connection.transmit(command),
      post: (command) => live.connection.post(command),
      onAnswer: answered,
      onChange: () => bidder?.desk.doubt(),
    },
  );
  return { outbox, receipts, desk: new BidDesk(page, live, outbox) };
}

/** @param {import("./outbox.js").Command} command @param {Record<string, any>} answer */
function answered(command, answer) {
  if (answer.type === "ack") {
    bidder?.receipts.add(command, answer);
    if (command.kind === "join") {
      live.learn(withJoin);
    } else if (isSealed(live.state)) {
      live.learn((state) => withSealedQuote(state, command.amountFen ?? 0, answer.receipt_no ?? ""));
    }
  }
  bidder?.desk.answered(command, answer);
}

/** @param {boolean} isUsable */
function lineChanged(isUsable) {
  if (isUsable) {
    bidder?.outbox.resend();
    if (hasBeenLost) {
      alerts.say(live.texts.say("say.reconnected"));
    }
  } else {
    bidder?.outbox.doubt();
  }
  hasBeenLost = !isUsable;
}
let hasBeenLost = false;

/** @param {import("./state.js").RoomEvent[]} events @param {import("./state.js").RoomState} before */
function hear(events, before) {
  log.add(events, live.state);
  alerts.hear(events, before);
  if (before.phase === "inquiry" && live.state.phase === "limited") {
    learnJoin();
  }
}

/** Joining is told to its own seat alone: another device of its holder may have done it. */
function learnJoin() {
  const { phase, me } = live.state;
  if (!bidder || me?.joined || !asksWhoJoins(live.state) || (phase !== "inquiry" && phase !== "limited")) {
    return;
  }
  live.connection.http.snapshot().then(
    (snapshot) => snapshot.me?.joined && live.learn(withJoin),
    () => setTimeout(learnJoin, AGAIN_MS),
  );
}

function showState() {
  view.show(live.state);
  rows.show(live.state);
  bidder?.desk.show();
  tick();
}

function showStatus() {
  const isOver = isFinal(live.state);
  view.showLine(live.connection.status, live.clock, isOver);
  alerts.hearLine(live.connection.status, isOver);
  bidder?.desk.show();
}

function tick() {
  view.tick(live.state, live.nowMs);
  alerts.tick(live.nowMs);
  bidder?.desk.tick();
}

function listen() {
  document.addEventListener("visibilitychange", () => !document.hidden && learnJoin());
  const help = page.one("help_dialog");
  const history = page.one("history_section");
  page.one("help").addEventListener("click", () => help.showModal());
  new ResizeObserver(() => rows.draw()).observe(page.one("chart"));
  const desk = bidder?.desk;
  const toHistory = () => {
    const isThere = document.activeElement === history;
    (isThere ? page.one("amount") : history)?.focus();
  };
  const bidding = desk
    ? {
        1: () => desk.choose(1),
        2: () => desk.choose(2),
        3: () => desk.choose(5),
        e: () => page.one("amount").select(),
        escape: () => desk.goBack(),
        enter: () => desk.enter(),
      }
    : {};
  listenForKeys(page, {
    ...bidding,
    m: () => alerts.sound.turn(),
    h: toHistory,
    "?": () => help.showModal(),
  });
}

const news = embedded("room-news");
log.add(news, live.state);
alerts.recall(news);
listen();
keepAwake();
live.start();
