/** What the host sees of those who have offered: last offers by plate, refused attempts. */

import { cell } from "./dom.js";

/**
 * @typedef {{plate: string, amount_fen: number, at: string, message?: string}} Line
 * @typedef {{plates: Line[], refused: Line[]}} Desk
 */

export class Offered {
  /** @param {import("./dom.js").Page} page @param {import("./texts.js").Texts} texts */
  constructor(page, texts) {
    this.page = page;
    this.texts = texts;
    this.shown = "";
  }

  /** @param {Desk} desk */
  show(desk) {
    const key = JSON.stringify(desk);
    if (key === this.shown) {
      return;
    }
    this.shown = key;
    const { page, texts } = this;
    const { plates, refused } = desk;
    page.show("plates_table", plates.length > 0);
    page.show("plates_empty", plates.length === 0);
    page.show("refused_empty", refused.length === 0);
    page.one("plates").replaceChildren(...plates.map((line) => this.line("plate-row", line, texts.time(line.at))));
    page.one("refused").replaceChildren(...refused.map((line) => this.refused(line)));
  }

  /** @param {Line} line */
  refused(line) {
    const shown = this.line("refused-line", line, this.texts.timeMs(line.at));
    cell(shown, "text").textContent = line.message ?? "";
    return shown;
  }

  /** @param {string} template @param {Line} line @param {string} at */
  line(template, line, at) {
    const shown = /** @type {HTMLElement} */ (this.page.template(template).firstElementChild?.cloneNode(true));
    cell(shown, "plate").textContent = line.plate;
    cell(shown, "amount").textContent = this.texts.figure(line.amount_fen);
    cell(shown, "at").textContent = at;
    return shown;
  }
}
