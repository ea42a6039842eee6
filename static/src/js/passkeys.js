// Passkeys: a form[data-passkey] asks the browser for a credential and sends it in its field "credential".
// The options are in the page (#passkey-data); the sign-in page fetches them, since they are valid for one try.

import { find, findAll } from "./shared/dom.js";

/** Ask the browser to make a passkey: one to sign in with, without a name. */
const create = ({ creation_options: { publicKey: asked } }) => {
  const authenticatorSelection = {
    ...asked.authenticatorSelection,
    residentKey: "required",
    requireResidentKey: true,
    userVerification: "required",
  };
  const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON({ ...asked, authenticatorSelection });
  return navigator.credentials.create({ publicKey });
};

const get = ({ request_options: { publicKey: asked } }) =>
  navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked) });

const options = async (form) => {
  const data = document.getElementById("passkey-data");
  if (data) return JSON.parse(data.textContent);
  const fetched = await fetch(form.action, { headers: { Accept: "application/json" } });
  return fetched.json();
};

for (const form of findAll("[data-passkey]")) {
  const start = find("[data-passkey-start]", form);
  const failed = find("[data-passkey-failed]", form);
  if (!window.PublicKeyCredential?.parseCreationOptionsFromJSON) {
    start.disabled = true;
    continue;
  }
  start.addEventListener("click", async () => {
    start.disabled = true;
    failed.textContent = "";
    try {
      const asked = await options(form);
      const credential = await (form.dataset.passkey === "create" ? create(asked) : get(asked));
      form.elements.credential.value = JSON.stringify(credential);
      form.submit();
    } catch {
      failed.textContent = failed.dataset.text;
      start.disabled = false;
    }
  });
}
