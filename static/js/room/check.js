// The self-test of a bidder's browser and line: measures, and shows what it means.

import { memory } from "../store.js";
import { clock, line, worst } from "./verdicts.js";

/**
 * @typedef {import("./verdicts.js").Verdict} Verdict
 * @typedef {import("./verdicts.js").Exchange} Exchange
 */

const LOOKS = 5;
const PATIENCE_MS = 5000;
const PROBE = "yangguang.check";

const table = /** @type {HTMLElement} */ (document.querySelector("[data-checks]"));
const again = /** @type {HTMLButtonElement} */ (document.querySelector("[data-check-again]"));
const summary = /** @type {HTMLElement} */ (document.querySelector("[data-check-summary]"));
const waiting = summary.textContent ?? "";
/** @type {Map<string, Verdict>} */
const found = new Map();

/** @param {ParentNode|null} holder @param {string} key */
function word(holder, key) {
  const template = /** @type {HTMLTemplateElement|null} */ (holder);
  return template?.content.querySelector(`data[value="${key}"]`)?.textContent ?? "";
}

/** @param {string} key @param {string} verdict @param {Record<string, string|number>} [values] */
function show(key, verdict, values = {}) {
  const row = /** @type {HTMLElement} */ (table.querySelector(`[data-check="${key}"]`));
  for (const chip of /** @type {NodeListOf<HTMLElement>} */ (row.querySelectorAll("[data-verdict]"))) {
    chip.hidden = chip.dataset.verdict !== verdict;
  }
  const text = /** @type {HTMLElement} */ (row.querySelector("[data-check-text]"));
  const sentence = word(row.querySelector("template"), verdict);
  text.textContent = sentence.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole)) || "—";
  if (verdict !== "waiting") found.set(key, /** @type {Verdict} */ (verdict));
}

/** @returns {Promise<Exchange|null>} */
async function exchange() {
  const sentAt = performance.now();
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), PATIENCE_MS);
  const asked = fetch(table.dataset.now ?? "", { cache: "no-store", signal: patience.signal });
  const answer = await asked.catch(() => null);
  clearTimeout(timer);
  if (!answer?.ok) return null;
  const receivedAt = performance.now();
  const { server_at } = await answer.json();
  const halfway = Date.now() - (performance.now() - (sentAt + receivedAt) / 2);
  return { sentAt, receivedAt, serverMs: Date.parse(server_at), localMs: halfway };
}

/** Opens the socket of a room that does not exist: any answer of the server proves the way. */
function socketOpens() {
  return new Promise((resolve) => {
    const address = new URL(table.dataset.socket ?? "", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address);
    const done = (/** @type {boolean} */ isOpen) => {
      clearTimeout(timer);
      socket.close();
      resolve(isOpen);
    };
    const timer = setTimeout(() => done(false), PATIENCE_MS);
    socket.addEventListener("open", () => done(true));
    socket.addEventListener("error", () => done(false));
  });
}

function remembers() {
  memory.setItem(PROBE, PROBE);
  const isKept = memory.getItem(PROBE) === PROBE;
  memory.removeItem(PROBE);
  return isKept;
}

async function measureLine() {
  /** @type {Exchange[]} */
  const exchanges = [];
  for (let look = 0; look < LOOKS; look += 1) {
    const one = await exchange();
    if (one) exchanges.push(one);
  }
  show("backup", exchanges.length > 0 ? "good" : "bad");
  const trip = line(exchanges);
  show("line", trip?.verdict ?? "bad", { ms: trip?.ms ?? "—" });
  const off = clock(exchanges);
  show("clock", off?.verdict ?? "weak", { seconds: off?.seconds ?? "—" });
}

async function run() {
  again.disabled = true;
  found.clear();
  summary.textContent = waiting;
  for (const row of table.querySelectorAll("[data-check]")) show(row.getAttribute("data-check") ?? "", "waiting");
  show("script", "good");
  show("awake", "wakeLock" in navigator ? "good" : "weak");
  show("store", remembers() ? "good" : "weak");
  await measureLine();
  show("socket", (await socketOpens()) ? "good" : "weak");
  summary.textContent = word(document.querySelector("#check-words"), worst([...found.values()]));
  again.disabled = false;
}

again.addEventListener("click", run);
run();
