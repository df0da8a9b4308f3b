/** SHA-256 of a text in UTF-8, in hex. Pure and at once: crypto.subtle answers later, and over https alone. */

/** The first 32 bits of the fractional parts of a root of the first primes. @param {number} count @param {number} root */
function fractions(count, root) {
  const found = [];
  for (let number = 2; found.length < count; number += 1) {
    let isPrime = true;
    for (let factor = 2; factor * factor <= number; factor += 1) {
      isPrime &&= number % factor !== 0;
    }
    if (isPrime) {
      const power = number ** (1 / root);
      found.push(((power - Math.floor(power)) * 2 ** 32) | 0);
    }
  }
  return found;
}

const START = fractions(8, 2);
const ROUNDS = fractions(64, 3);

/** @param {number} word @param {number} by */
const turned = (word, by) => (word >>> by) | (word << (32 - by));

/** The text with its end mark and its length, in words of 32 bits. @param {string} text */
function padded(text) {
  const bytes = new TextEncoder().encode(text);
  const size = Math.ceil((bytes.length + 9) / 64) * 64;
  const view = new DataView(new ArrayBuffer(size));
  bytes.forEach((byte, index) => view.setUint8(index, byte));
  view.setUint8(bytes.length, 0x80);
  view.setUint32(size - 4, bytes.length * 8);
  return view;
}

/** @param {DataView} view @param {number} from */
function schedule(view, from) {
  const words = new Int32Array(64);
  for (let i = 0; i < 16; i += 1) {
    words[i] = view.getInt32(from + i * 4);
  }
  for (let i = 16; i < 64; i += 1) {
    const [early, late] = [words[i - 15], words[i - 2]];
    const low = turned(early, 7) ^ turned(early, 18) ^ (early >>> 3);
    const high = turned(late, 17) ^ turned(late, 19) ^ (late >>> 10);
    words[i] = words[i - 16] + low + words[i - 7] + high;
  }
  return words;
}

/** @param {number[]} before @param {Int32Array} words */
function mixed(before, words) {
  let [a, b, c, d, e, f, g, h] = before;
  for (let i = 0; i < 64; i += 1) {
    const sum = turned(e, 6) ^ turned(e, 11) ^ turned(e, 25);
    const one = (h + sum + ((e & f) ^ (~e & g)) + ROUNDS[i] + words[i]) | 0;
    const other = (turned(a, 2) ^ turned(a, 13) ^ turned(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    [h, g, f, e, d, c, b, a] = [g, f, e, (d + one) | 0, c, b, a, (one + other) | 0];
  }
  return [a, b, c, d, e, f, g, h].map((word, index) => (word + before[index]) | 0);
}

/** @param {string} text */
export function sha256(text) {
  const view = padded(text);
  let state = START;
  for (let from = 0; from < view.byteLength; from += 64) {
    state = mixed(state, schedule(view, from));
  }
  return state.map((word) => (word >>> 0).toString(16).padStart(8, "0")).join("");
}
