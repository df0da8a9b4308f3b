/** The server's signed receipts of this seat, kept on this computer and handed out as a file. */

import { memory } from "../store.js";
import { cell } from "./dom.js";

const KEPT = 500;

/** @typedef {Record<string, any> & {amount_fen: number|null, command: string}} Receipt */

/** What a receipt is called: an answer to the inquiry has no number but its hash. @param {Record<string, any>} ack */
export function receiptName(ack) {
  return String(ack.receipt_no ?? ack.hash.slice(0, 12));
}

export class Receipts {
  /**
   * @param {import("./dom.js").Page} page
   * @param {import("./texts.js").Texts} texts
   * @param {{code: string, seat: string}} place
   */
  constructor(page, texts, { code, seat }) {
    this.page = page;
    this.texts = texts;
    this.name = `${code}-${seat}`;
    this.key = `room.receipts.${this.name}`;
    /** @type {Receipt[]} */
    this.kept = this.read();
    page.one("receipts_download").addEventListener("click", () => this.download());
    this.show();
  }

  read() {
    try {
      const found = JSON.parse(memory.getItem(this.key) ?? "[]");
      return Array.isArray(found) ? found : [];
    } catch {
      return [];
    }
  }

  /** @param {import("./outbox.js").Command} command @param {Record<string, any>} ack */
  add(command, ack) {
    if (this.kept.some((receipt) => receipt.client_token === ack.client_token)) {
      return;
    }
    this.kept = [...this.kept, { ...ack, command: command.kind, amount_fen: command.amountFen }].slice(-KEPT);
    memory.setItem(this.key, JSON.stringify(this.kept));
    this.show();
  }

  show() {
    const { page, texts } = this;
    page.show("receipts_box", this.kept.length > 0);
    page.text("receipts_count", texts.say("say.offers", { n: this.kept.length }));
    page.one("receipts").replaceChildren(...[...this.kept].reverse().map((receipt) => this.line(receipt)));
  }

  /** @param {Receipt} receipt */
  line(receipt) {
    const { page, texts } = this;
    const line = /** @type {HTMLElement} */ (page.template("log-line").firstElementChild?.cloneNode(true));
    const amount = receipt.amount_fen === null ? texts.say("seat.joined") : texts.amount(receipt.amount_fen);
    cell(line, "at").textContent = texts.timeMs(receipt.at);
    cell(line, "text").textContent = `${receiptName(receipt)} · ${amount}`;
    return line;
  }

  download() {
    const text = JSON.stringify({ v: 1, room: this.name.split("-")[0], receipts: this.kept }, null, 2);
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "application/json" }));
    link.download = `receipts-${this.name}.json`;
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }
}
