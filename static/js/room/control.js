/** The host's console: the same room, four acts, the health of the house. */

import { showToast } from "../toast.js";
import { Alerts } from "./alerts.js";
import { cell, embedded, Page } from "./dom.js";
import { Live } from "./live.js";
import { Offered } from "./offered.js";
import { EventLog, OfferRows } from "./record.js";
import { isFinal, isOpen } from "./state.js";
import { RoomView } from "./view.js";

const HEALTH_MS = 5000;

let isDeclared = false;
const page = new Page(document);
const live = new Live({
  onState: showState,
  onTick: tick,
  onStatus: showStatus,
  onEvents: (events, before) => {
    log.add(events, live.state);
    alerts.hear(events, before);
  },
});
const view = new RoomView(page, live.texts, null);
const rows = new OfferRows(page, live.texts, null);
const log = new EventLog(page, live.texts);
const alerts = new Alerts(page, live);
const offered = new Offered(page, live.texts);

function showState() {
  const { state } = live;
  view.show(state);
  rows.show(state);
  page.text("seq", String(state.seq));
  page.show("open_form", isOpen(state) && !isDeclared);
  page.show("pause_form", isOpen(state));
  page.show("resume_form", state.phase === "paused");
  page.show("announce_form", !isFinal(state));
  page.show("acts_over", isFinal(state));
  if (isFinal(state)) {
    page.show("abort_desk", false);
  }
  tick();
}

function showStatus() {
  const isOver = isFinal(live.state);
  view.showLine(live.connection.status, live.clock, isOver);
  alerts.hearLine(live.connection.status, isOver);
}

function tick() {
  view.tick(live.state, live.nowMs);
  alerts.tick(live.nowMs);
}

/** One act without leaving the page; a refusal stands beside its field, nothing typed is lost. @param {HTMLFormElement} form */
async function perform(form) {
  const button = /** @type {HTMLButtonElement} */ (form.querySelector("button:not([type=button])"));
  button.disabled = true;
  button.setAttribute("aria-busy", "true");
  try {
    const response = await fetch(form.action, {
      method: "POST",
      headers: { Accept: "application/json" },
      body: new FormData(form),
      credentials: "same-origin",
    });
    await showOutcome(form, response);
  } catch {
    showToast(live.texts.say("say.failed"), "error");
  } finally {
    button.disabled = false;
    button.removeAttribute("aria-busy");
  }
}

/** @param {HTMLFormElement} form @param {Response} response */
async function showOutcome(form, response) {
  const note = cell(form, "error");
  const isDone = response.status === 204;
  const answer = isDone ? {} : await response.json();
  const text = isDone ? "" : (Object.values(answer.fields ?? {})[0] ?? (answer.message || live.texts.say("say.failed")));
  note.hidden = isDone;
  cell(note, "text").textContent = String(text);
  const field = form.querySelector("textarea");
  field?.setAttribute("aria-invalid", String(!isDone));
  if (isDone) {
    form.reset();
    if (form.dataset.act === "open") {
      isDeclared = true;
      showState();
    }
    showToast(live.texts.say("say.saved"), "lead");
  } else {
    field?.focus();
  }
}

async function askHealth() {
  try {
    const response = await fetch(live.setup.urls.health, { headers: { Accept: "application/json" }, cache: "no-store" });
    showHealth(response.ok ? await response.json() : null);
  } catch {
    showHealth(null);
  }
  setTimeout(() => void askHealth(), HEALTH_MS);
}

/** @param {Record<string, any>|null} health */
function showHealth(health) {
  const { texts } = live;
  if (health) {
    offered.show(health.desk);
  }
  page.data("health", "ok", String(health !== null && health.channel_ok && health.late_ms === 0 && health.clock === "agrees"));
  page.text("health_database", health ? texts.say("line.rtt", { ms: health.database_ms }) : texts.say("word.none"));
  page.text("health_channel", health ? texts.say(`health.channel.${health.channel_ok ? health.channel : "down"}`) : texts.say("word.none"));
  page.text("health_late", health ? timeWord(health) : texts.say("word.none"));
}

/** Whether the clock is right, and what is due by it was done. @param {Record<string, any>} health */
function timeWord(health) {
  if (health.clock !== "agrees") {
    return live.texts.say(`health.clock.${health.clock}`);
  }
  return live.texts.say(health.late_ms ? "health.late" : "health.on_time", { n: Math.ceil(health.late_ms / 1000) });
}

for (const form of document.querySelectorAll("form[data-act]")) {
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    void perform(/** @type {HTMLFormElement} */ (form));
  });
}
const help = page.one("help_dialog");
page.one("help")?.addEventListener("click", () => help.showModal());
new ResizeObserver(() => rows.draw()).observe(page.one("chart"));
log.add(embedded("room-news"), live.state);
alerts.recall(embedded("room-news"));
live.start();
void askHealth();
