/**
 * Money in the browser: integer fen, the same printed forms as kernel/money.py.
 * Numbers only, exact up to the largest amount of the house; anything larger is refused.
 */

const FEN_IN_YUAN = 100;
const FEN_IN_WAN = 1_000_000;
/** The largest amount the house takes, as in kernel/money.py: ten trillion yuan. */
const LARGEST_FEN = 1_000_000_000_000_000;
const PLAIN = /^(\d+|\d{1,3}(?:,\d{3})+)(?:\.(\d+))?$/;

/** @typedef {"万元"|"元"} Unit */

/**
 * @param {string} text
 * @param {number} decimals places behind the point that one fen needs
 * @returns {number} fen
 */
function parse(text, decimals) {
  const match = PLAIN.exec(text.trim());
  if (!match || (match[2] ?? "").length > decimals) {
    throw new RangeError("not an amount");
  }
  const digits = match[1].replaceAll(",", "") + (match[2] ?? "").padEnd(decimals, "0");
  const fen = Number(digits);
  if (fen > LARGEST_FEN) {
    throw new RangeError("too large an amount");
  }
  return fen;
}

/** Fen from yuan such as `81,600,000.00`; RangeError on anything else. @param {string} text */
export function parseYuan(text) {
  return parse(text, 2);
}

/** Fen from 万元 such as `8,160.00` (six decimals reach the fen). @param {string} text */
export function parseWan(text) {
  return parse(text, 6);
}

/**
 * Fen from what was typed in the lot's unit, or null where it is no amount.
 * @param {string} text
 * @param {Unit} unit
 * @returns {number|null}
 */
export function parseIn(text, unit) {
  try {
    return unit === "万元" ? parseWan(text) : parseYuan(text);
  } catch {
    return null;
  }
}

/**
 * Why what was typed is no amount in the lot's unit: it says too much, or it is not written in digits.
 * @param {string} text
 * @param {Unit} unit
 */
export function faultOf(text, unit) {
  const match = PLAIN.exec(text.trim());
  const decimals = unit === "万元" ? 6 : 2;
  return match && (match[2] ?? "").length <= decimals ? "too_large" : "unreadable";
}

/** @param {number} whole */
function grouped(whole) {
  return String(whole).replace(/\B(?=(\d{3})+$)/g, ",");
}

/**
 * @param {number} fen
 * @param {number} unit fen in one unit
 * @param {number} decimals
 */
function fixed(fen, unit, decimals) {
  const size = Math.abs(fen);
  const rest = size % unit;
  const whole = grouped((size - rest) / unit);
  return `${fen < 0 ? "-" : ""}${whole}.${String(rest).padStart(decimals, "0")}`;
}

/** Yuan with two decimals: `81,600,000.00`. @param {number} fen */
export function formatYuan(fen) {
  return fixed(fen, FEN_IN_YUAN, 2);
}

/** 万元 with two decimals, or as many as exactness needs. @param {number} fen */
export function formatWan(fen) {
  return fixed(fen, FEN_IN_WAN, 6).replace(/0{1,4}$/, "");
}

/**
 * The amount in the lot's unit, without the word for it.
 * @param {number} fen
 * @param {Unit} unit
 */
export function formatIn(fen, unit) {
  return unit === "万元" ? formatWan(fen) : formatYuan(fen);
}

const DIGITS = "零壹贰叁肆伍陆柒捌玖";
const PLACES = ["", "拾", "佰", "仟"];
const GROUPS = ["", "万", "亿", "兆"];

/** One group of four digits; inner zeros written once. @param {number} number */
function group(number) {
  let text = "";
  let pending = false;
  for (const power of [3, 2, 1, 0]) {
    const digit = Math.floor(number / 10 ** power) % 10;
    if (digit === 0) {
      pending = text !== "";
      continue;
    }
    text += (pending ? "零" : "") + DIGITS[digit] + PLACES[power];
    pending = false;
  }
  return text;
}

/** @param {number} yuan */
function whole(yuan) {
  let text = "";
  for (let power = GROUPS.length - 1; power >= 0; power -= 1) {
    const part = Math.floor(yuan / 10_000 ** power) % 10_000;
    if (part !== 0) {
      text += (text !== "" && part < 1000 ? "零" : "") + group(part) + GROUPS[power];
    }
  }
  return text;
}

/** Chinese capitals without 人民币: `捌仟壹佰陆拾万元整`. @param {number} fen */
export function capitalsBare(fen) {
  if (!Number.isSafeInteger(fen) || fen < 0) {
    throw new RangeError("capitals are written for whole fen from zero");
  }
  const rest = fen % FEN_IN_YUAN;
  const yuan = (fen - rest) / FEN_IN_YUAN;
  const jiao = Math.floor(rest / 10);
  const last = rest % 10;
  let text = yuan ? `${whole(yuan)}元` : "";
  if (!rest) {
    return `${text || "零元"}整`;
  }
  // Between 元 and what follows a 零 stands where the figures show one: 1680.32, 325.04.
  if (text && (!jiao || yuan % 10 === 0)) {
    text += "零";
  }
  return text + (jiao ? `${DIGITS[jiao]}角` : "") + (last ? `${DIGITS[last]}分` : "");
}

/** Chinese capitals as papers write them. @param {number} fen */
export function capitals(fen) {
  return `人民币${capitalsBare(fen)}`;
}

/**
 * A percentage with two decimals, half away from zero, exact for safe integers: `28.33`.
 * @param {number} numerator
 * @param {number} denominator above zero
 */
export function ratePercent(numerator, denominator) {
  const size = Math.abs(numerator);
  let rest = size % denominator;
  let digits = (size - rest) / denominator;
  for (let place = 0; place < 4; place += 1) {
    let digit = 0;
    let sum = 0;
    // Ten times `rest` by adding, so that no product leaves the exact range.
    for (let turn = 0; turn < 10; turn += 1) {
      if (sum >= denominator - rest) {
        sum -= denominator - rest;
        digit += 1;
      } else {
        sum += rest;
      }
    }
    digits = digits * 10 + digit;
    rest = sum;
  }
  if (rest >= denominator - rest) {
    digits += 1;
  }
  const sign = numerator < 0 && digits > 0 ? "-" : "";
  return `${sign}${Math.floor(digits / 100)}.${String(digits % 100).padStart(2, "0")}`;
}
