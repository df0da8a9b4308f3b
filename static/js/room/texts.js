/** The sentences of the page: Django wrote them in the reader's language, `{name}` is filled here. */

import { formatIn } from "./money.js";
import { timeMs, timeOfDay } from "./clock.js";

export class Texts {
  /** @param {Map<string, string>} sentences @param {import("./money.js").Unit} unit */
  constructor(sentences, unit) {
    this.sentences = sentences;
    this.unit = unit;
  }

  /** @param {ParentNode} page @param {import("./money.js").Unit} unit */
  static of(page, unit) {
    const holder = /** @type {HTMLTemplateElement} */ (page.querySelector("#room-texts"));
    const sentences = new Map();
    for (const data of holder.content.querySelectorAll("data")) {
      sentences.set(data.value, data.textContent);
    }
    return new Texts(sentences, unit);
  }

  /** @param {string} key */
  has(key) {
    return this.sentences.has(key);
  }

  /**
   * @param {string} key
   * @param {Record<string, string|number>} [values]
   */
  say(key, values = {}) {
    const sentence = this.sentences.get(key) ?? key;
    return sentence.replace(/\{(\w+)\}/g, (whole, name) => String(values[name] ?? whole));
  }

  /** The amount in the lot's unit, without the word for it. @param {number} fen */
  figure(fen) {
    return formatIn(fen, this.unit);
  }

  /** The amount with its unit: `8,160.00 万元`. @param {number} fen */
  amount(fen) {
    return `${this.figure(fen)} ${this.say(`unit.${this.unit}`)}`;
  }

  /** A length of time in words: `4 分钟`. @param {number} seconds */
  span(seconds) {
    const whole = Math.round(seconds);
    if (whole && whole % 3600 === 0) {
      return this.say("word.hours", { n: whole / 3600 });
    }
    if (whole && whole % 60 === 0) {
      return this.say("word.minutes", { n: whole / 60 });
    }
    return this.say("word.seconds", { n: whole });
  }

  /** Several things in one sentence: `A83、K27`. @param {string[]} words */
  list(words) {
    const comma = this.say("word.comma");
    return words.join(comma === "、" ? comma : `${comma} `);
  }

  /** Time of day of an instant of the protocol. @param {string|null} at */
  time(at) {
    return at ? timeOfDay(Date.parse(at)) : this.say("word.none");
  }

  /** The same with milliseconds. @param {string} at */
  timeMs(at) {
    return timeMs(at);
  }

  /** Why something was refused; the server's own words where we have none. @param {string} code @param {boolean} isFalling @param {string|null} message @param {Record<string, string>} [values] */
  reason(code, isFalling, message, values = {}) {
    const falling = `code.falling.${code}`;
    if (isFalling && this.has(falling)) {
      return this.say(falling, values);
    }
    return this.has(`code.${code}`) ? this.say(`code.${code}`, values) : (message ?? code);
  }
}
