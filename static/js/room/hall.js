/** The screen on the wall: shows, and heals by itself; nobody touches it. */

import { embedded, Page } from "./dom.js";
import { keepAwake } from "./keys.js";
import { Live } from "./live.js";
import { OfferRows } from "./record.js";
import { isFinal } from "./state.js";
import { RoomView } from "./view.js";

const RELOAD_AFTER_MS = 120_000;
/** From here on an announcement is set smaller. */
const LONG = 60;

const page = new Page(document);
const live = new Live({ onState: showState, onTick: tick, onStatus: showStatus, onEvents: hear });
const view = new RoomView(page, live.texts, null);
const rows = new OfferRows(page, live.texts, null);

function showState() {
  view.show(live.state);
  rows.show(live.state);
  page.text("offer_total", String(rows.count));
  page.text("extension_total", String(live.state.extensions));
  tick();
}

function tick() {
  view.tick(live.state, live.nowMs);
}

function showStatus() {
  const { status } = live.connection;
  view.showLine(status, live.clock, isFinal(live.state));
  // A page that cannot come back by itself for long starts anew, if the server is there at all.
  if (status.lostMs > RELOAD_AFTER_MS && navigator.onLine) {
    void startAnew();
  }
}

let isAsking = false;
async function startAnew() {
  if (isAsking) {
    return;
  }
  isAsking = true;
  try {
    const response = await fetch(location.href, { method: "HEAD", cache: "no-store" });
    if (response.ok) {
      location.reload();
    }
  } catch {
    // Still away: the next report tries again.
  }
  isAsking = false;
}

/** @param {import("./state.js").RoomEvent[]} events */
function hear(events) {
  if (isFinal(live.state)) {
    page.show("announced_box", false);
    return;
  }
  const said = [...events].reverse().find((event) => event.kind === "announced");
  if (said) {
    announce(said.text);
  }
}

/** @param {string} text */
function announce(text) {
  page.text("announced", live.texts.say("log.announced", { text }));
  page.show("announced_box", true);
  page.data("announced_box", "long", String(text.length > LONG));
}

hear(embedded("room-news"));
new ResizeObserver(() => rows.draw()).observe(page.one("chart"));
keepAwake();
live.start();
