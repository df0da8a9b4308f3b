// Theme and type size at once, without a reload; the cookie is what the server reads next time.

const YEAR = 365 * 24 * 3600;

/** @param {string} name @param {string} value empty forgets the choice */
function remember(name, value) {
  const age = value ? YEAR : 0;
  document.cookie = `${name}=${value}; path=/; max-age=${age}; samesite=lax`;
}

/** @param {HTMLElement} root @param {"theme"|"size"} key @param {string} value */
function put(root, key, value) {
  if (value) {
    root.dataset[key] = value;
  } else {
    delete root.dataset[key];
  }
  remember(key, value);
}

/** @param {HTMLButtonElement} button */
function choose(button) {
  const root = document.documentElement;
  if (button.name === "theme") {
    const theme = button.value === "system" ? "" : button.value;
    put(root, "theme", theme);
    for (const other of button.form.querySelectorAll("[name=theme]")) {
      other.setAttribute("aria-pressed", String(other === button));
    }
    return;
  }
  const isLarge = button.value === "large";
  put(root, "size", isLarge ? "large" : "");
  button.value = isLarge ? "normal" : "large";
  button.setAttribute("aria-pressed", String(isLarge));
}

/** Takes over the display forms of the page. */
export function enhanceDisplay() {
  for (const form of document.querySelectorAll("form[data-display]")) {
    form.addEventListener("submit", (/** @type {SubmitEvent} */ event) => {
      if (event.submitter instanceof HTMLButtonElement) {
        event.preventDefault();
        choose(event.submitter);
      }
    });
  }
}
