// Passkeys: asks the browser for a credential and posts it with the form it belongs to.
// A form says what it wants: data-passkey="add" | "use" | "sign-in". Without JavaScript or
// without passkeys in the browser the form stays hidden and the other ways remain.
import { showToast } from "./toast.js";

/** @param {string} text base64url @returns {Uint8Array} */
export function toBytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (char) => char.charCodeAt(0));
}

/** @param {ArrayBuffer} buffer @returns {string} base64url */
export function toText(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** @param {any} options the server's publicKey options, binary values as base64url */
function decoded(options) {
  const withBytes = (/** @type {any} */ item) => ({ ...item, id: toBytes(item.id) });
  const found = { ...options, challenge: toBytes(options.challenge) };
  if (options.user) found.user = withBytes(options.user);
  if (options.excludeCredentials) found.excludeCredentials = options.excludeCredentials.map(withBytes);
  if (options.allowCredentials) found.allowCredentials = options.allowCredentials.map(withBytes);
  return found;
}

/** @param {any} credential a PublicKeyCredential */
function encoded(credential) {
  const response = {};
  for (const name of ["clientDataJSON", "attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = toText(credential.response[name]);
  }
  return {
    id: credential.id,
    rawId: toText(credential.rawId),
    type: credential.type,
    response,
    clientExtensionResults: credential.getClientExtensionResults(),
  };
}

/** @param {HTMLFormElement} form */
async function optionsFor(form) {
  const found = document.getElementById("passkey-options");
  if (found) return JSON.parse(found.textContent);
  const answer = await fetch(form.dataset.optionsUrl, { headers: { Accept: "application/json" } });
  if (!answer.ok) throw new Error(`options: ${answer.status}`);
  return answer.json();
}

/** @param {any} options @param {HTMLFormElement} form */
function create(options, form) {
  const choice = form.elements.namedItem("passwordless");
  const isPasswordless = choice instanceof HTMLInputElement && choice.checked;
  const publicKey = decoded(options);
  publicKey.authenticatorSelection = {
    ...options.authenticatorSelection,
    residentKey: isPasswordless ? "required" : "discouraged",
    requireResidentKey: isPasswordless,
    ...(isPasswordless ? { userVerification: "required" } : {}),
  };
  return navigator.credentials.create({ publicKey });
}

/** @param {HTMLFormElement} form */
async function ask(form) {
  const options = await optionsFor(form);
  const credential =
    form.dataset.passkey === "add"
      ? await create(options.creation_options.publicKey, form)
      : await navigator.credentials.get({ publicKey: decoded(options.request_options.publicKey) });
  const field = /** @type {HTMLInputElement} */ (form.elements.namedItem("credential"));
  field.value = JSON.stringify(encoded(credential));
  form.submit();
}

if (globalThis.document && globalThis.PublicKeyCredential) {
  /** @type {NodeListOf<HTMLFormElement>} */
  const forms = document.querySelectorAll("form[data-passkey]");
  for (const form of forms) {
    form.hidden = false;
    form.addEventListener("submit", (event) => {
      event.preventDefault();
      ask(form).catch(() => showToast(form.dataset.failed, "error"));
    });
  }
}
