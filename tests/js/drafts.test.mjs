/** A browser that keeps no drafts has every other comfort of its pages. */

import assert from "node:assert/strict";
import test from "node:test";

import { keepDrafts } from "../../static/js/drafts.js";

/** A page with one form that a signed-in person writes in. */
function page() {
  const heard = [];
  class Form {
    elements = [];
    getAttribute() { return null; }
    addEventListener(kind, handle) { heard.push([kind, handle]); }
  }
  const form = new Form();
  globalThis.HTMLFormElement = Form;
  globalThis.HTMLElement = class {};
  globalThis.location = { href: "https://centre.example/staff/projects/new/" };
  globalThis.document = {
    referrer: "https://centre.example/staff/",
    getElementById: () => ({ dataset: { person: "mark" } }),
    querySelector: () => null,
    querySelectorAll: (what) => (what === "form[data-draft]" ? [form] : []),
  };
  return heard;
}

test("a store that the browser forbids costs the drafts alone", () => {
  const forbid = () => { throw new DOMException("denied", "SecurityError"); };
  Object.defineProperty(globalThis, "sessionStorage", { configurable: true, get: forbid });
  const heard = page();
  keepDrafts();
  assert.deepEqual(heard.map(([kind]) => kind), ["input", "submit"]);
  for (const [, handle] of heard) handle();
});
