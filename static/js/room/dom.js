/** The few things the room does to its page. Never markup from data: text and attributes only. */

export class Page {
  /** @param {ParentNode} root elements to fill carry `data-bind` */
  constructor(root) {
    this.root = root;
    /** @type {Map<string, HTMLElement[]>} */
    this.bound = new Map();
    for (const element of root.querySelectorAll("[data-bind]")) {
      const name = /** @type {HTMLElement} */ (element).dataset.bind ?? "";
      this.bound.set(name, [...(this.bound.get(name) ?? []), /** @type {HTMLElement} */ (element)]);
    }
  }

  /** @param {string} name @returns {HTMLElement[]} */
  all(name) {
    return this.bound.get(name) ?? [];
  }

  /** @param {string} name @returns {any} the element, or null where this page has none */
  one(name) {
    return this.bound.get(name)?.[0] ?? null;
  }

  /** @param {string} name @param {string} text @returns {boolean} whether it changed */
  text(name, text) {
    let hasChanged = false;
    for (const element of this.all(name)) {
      if (element.textContent !== text) {
        element.textContent = text;
        hasChanged = true;
      }
    }
    return hasChanged;
  }

  /** @param {string} name @param {boolean} isShown */
  show(name, isShown) {
    for (const element of this.all(name)) {
      element.hidden = !isShown;
    }
  }

  /** Sentence and visibility at once: nothing to say, nothing to see. @param {string} name @param {string|null} text */
  note(name, text) {
    this.text(name, text ?? "");
    this.show(name, text !== null && text !== "");
  }

  /** @param {string} name @param {string} key @param {string} value */
  data(name, key, value) {
    for (const element of this.all(name)) {
      if (element.dataset[key] !== value) {
        element.dataset[key] = value;
      }
    }
  }

  /**
   * Puts a copy of a prepared piece (`<template id>` holding `[data-key]` items) into a place.
   * @param {string} name
   * @param {string} templateId
   * @param {string} key
   */
  piece(name, templateId, key) {
    for (const place of this.all(name)) {
      if (place.dataset.piece === key) {
        continue;
      }
      const found = this.template(templateId).querySelector(`[data-key="${key}"]`);
      if (found) {
        place.dataset.piece = key;
        place.replaceChildren(...[...found.childNodes].map((node) => node.cloneNode(true)));
      }
    }
  }

  /** @param {string} id @returns {DocumentFragment} */
  template(id) {
    return /** @type {HTMLTemplateElement} */ (document.getElementById(id)).content;
  }
}

/** Tints an element for a moment. @param {HTMLElement} element */
export function tint(element) {
  element.classList.add("is-fresh");
  setTimeout(() => element.classList.remove("is-fresh"), 200);
}

/** Reads what Django wrote with `json_script`. @param {string} id */
export function embedded(id) {
  return JSON.parse(document.getElementById(id)?.textContent ?? "null");
}

/** A cell of a prepared row. @param {ParentNode} row @param {string} name @returns {HTMLElement} */
export function cell(row, name) {
  return /** @type {HTMLElement} */ (row.querySelector(`[data-cell="${name}"]`));
}
