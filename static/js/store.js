/** What a page remembers in the browser. */

/**
 * A store that a browser may forbid: then it only forgets.
 * @param {() => Storage} open
 */
function store(open) {
  return {
    /** @param {string} key @returns {string|null} */
    getItem(key) {
      try {
        return open().getItem(key);
      } catch {
        return null;
      }
    },
    /** @param {string} key @param {string} value */
    setItem(key, value) {
      try {
        open().setItem(key, value);
      } catch {
        // A full or forbidden store costs only the memory of it.
      }
    },
    /** @returns {string[]} */
    keys() {
      try {
        return Object.keys(open());
      } catch {
        return [];
      }
    },
    /** @param {string} key */
    removeItem(key) {
      try {
        open().removeItem(key);
      } catch {
        // As above.
      }
    },
  };
}

/** Remembered on this computer. */
export const memory = store(() => localStorage);
/** Remembered by this tab, over a reload. */
export const tabMemory = store(() => sessionStorage);
