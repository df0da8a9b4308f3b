/** The price staircase: an SVG in the pixels of its place, attributes only, one step an offer. */

import { timeOfDay } from "./clock.js";

const SPACE = "http://www.w3.org/2000/svg";
const SHOWN = 60;
const PAD = { top: 14, right: 10, bottom: 20, left: 8 };

/** @param {string} name @param {Record<string, string|number>} attributes @param {string} [text] */
function shape(name, attributes, text) {
  const element = document.createElementNS(SPACE, name);
  for (const [key, value] of Object.entries(attributes)) {
    element.setAttribute(key, String(value));
  }
  if (text !== undefined) {
    element.textContent = text;
  }
  return element;
}

/**
 * Where each offer stands; y grows downwards. Pure.
 * @param {number[]} amounts
 * @param {{width: number, height: number}} size
 */
export function layout(amounts, { width, height }) {
  const [low, high] = [Math.min(...amounts), Math.max(...amounts)];
  const span = high - low || 1;
  const stride = (width - PAD.left - PAD.right) / amounts.length;
  const depth = height - PAD.top - PAD.bottom;
  return amounts.map((amount, index) => ({
    x: PAD.left + index * stride,
    to: PAD.left + (index + 1) * stride,
    y: amounts.length === 1 ? PAD.top + depth / 2 : PAD.top + ((high - amount) / span) * depth,
  }));
}

/** The staircase as a path: level for a step, then straight to the next. @param {{x: number, to: number, y: number}[]} points */
export function staircase(points) {
  return points
    .map(({ x, to, y }, index) => `${index === 0 ? `M${x.toFixed(1)} ${y.toFixed(1)}` : `V${y.toFixed(1)}`}H${to.toFixed(1)}`)
    .join("");
}

/**
 * @param {SVGSVGElement} svg
 * @param {import("./state.js").Offer[]} offers
 * @param {string|null} seat
 * @param {import("./texts.js").Texts} texts
 */
export function drawChart(svg, offers, seat, texts) {
  const shown = offers.slice(-SHOWN);
  const width = svg.clientWidth || 360;
  const height = svg.clientHeight || 150;
  const points = layout(shown.map((offer) => offer.amount_fen), { width, height });
  const base = height - PAD.bottom;
  svg.setAttribute("viewBox", `0 0 ${width} ${height}`);
  const path = staircase(points);
  const last = points[points.length - 1];
  const pieces = [
    shape("path", { class: "chart__area", d: `${path}V${base}H${points[0].x.toFixed(1)}Z` }),
    shape("line", { class: "chart__axis", x1: 0, x2: width, y1: base, y2: base }),
    shape("path", { class: "chart__line", d: path }),
    ...points.map(({ to, y }, index) => dot(to, y, shown[index].plate === seat)),
    shape("text", { class: "chart__text", x: PAD.left, y: height - 5 }, timeOfDay(Date.parse(shown[0].at))),
    shape(
      "text",
      { class: "chart__text", x: width - 2, y: height - 5, "text-anchor": "end" },
      shown.length === 1 ? "" : timeOfDay(Date.parse(shown[shown.length - 1].at)),
    ),
    shape(
      "text",
      { class: "chart__text chart__text--last", x: width - 2, y: last.y > 26 ? last.y - 8 : last.y + 18, "text-anchor": "end" },
      texts.figure(shown[shown.length - 1].amount_fen),
    ),
  ];
  svg.replaceChildren(...pieces);
}

/** Own offers are squares: shape and colour. @param {number} x @param {number} y @param {boolean} isMine */
function dot(x, y, isMine) {
  return isMine
    ? shape("rect", { class: "chart__mine", x: x - 4, y: y - 4, width: 8, height: 8 })
    : shape("circle", { class: "chart__dot", cx: x, cy: y, r: 2.5 });
}
