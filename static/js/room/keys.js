/** Single keys: they choose, open and silence, and never place an offer. They can be switched off. */

import { memory } from "../store.js";

const KEY = "room.keys";

/**
 * @param {import("./dom.js").Page} page
 * @param {Record<string, () => void>} actions by key, lower case
 */
export function listenForKeys(page, actions) {
  const box = page.one("keys_switch");
  box.checked = memory.getItem(KEY) !== "off";
  box.addEventListener("change", () => memory.setItem(KEY, box.checked ? "on" : "off"));
  document.addEventListener("keydown", (event) => {
    const target = event.target instanceof Element ? event.target : null;
    const isBusy = target?.closest("input, textarea, select, dialog[open]");
    const isPressed = event.key === "Enter" && target?.closest("a, summary, button:not([data-step])");
    if (!box.checked || event.defaultPrevented || isBusy || isPressed || event.ctrlKey || event.metaKey || event.altKey || event.repeat) {
      return;
    }
    const action = actions[event.key.toLowerCase()];
    if (action) {
      event.preventDefault();
      action();
    }
  });
}

/** The screen stays on while the room is in sight, where the browser can do that. */
export function keepAwake() {
  const ask = async () => {
    try {
      /** @type {any} */
      const lock = Reflect.get(navigator, "wakeLock");
      await lock?.request("screen");
    } catch {
      // A battery saver may say no; the room works without.
    }
  };
  document.addEventListener("visibilitychange", () => !document.hidden && void ask());
  void ask();
}

/** A random token for one intended offer, also where the page came over plain HTTP. */
export function newToken() {
  if (typeof crypto.randomUUID === "function") {
    return crypto.randomUUID();
  }
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}
