// Passkeys: a form[data-passkey] asks the browser for a credential and sends it in its field "credential".
// The options are in the page (#passkey-data); the sign-in page fetches them, since they are valid for one try.

import { find, findAll } from "./shared/dom.js";

const bytes = (text) =>
  Uint8Array.from(atob(text.replace(/-/g, "+").replace(/_/g, "/")), (c) => c.charCodeAt(0));
const text = (buffer) =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replace(/\+/g, "-")
    .replace(/\//g, "_")
    .replace(/=+$/, "");

const known = (list) => (list || []).map((one) => ({ ...one, id: bytes(one.id) }));

const create = async ({ creation_options: { publicKey: asked } }) => {
  const made = await navigator.credentials.create({
    publicKey: {
      ...asked,
      challenge: bytes(asked.challenge),
      user: { ...asked.user, id: bytes(asked.user.id) },
      excludeCredentials: known(asked.excludeCredentials),
      // One to sign in with, without a name.
      authenticatorSelection: {
        ...asked.authenticatorSelection,
        residentKey: "required",
        requireResidentKey: true,
        userVerification: "required",
      },
    },
  });
  return answer(made, {
    attestationObject: text(made.response.attestationObject),
    transports: made.response.getTransports ? made.response.getTransports() : [],
  });
};

const get = async ({ request_options: { publicKey: asked } }) => {
  const made = await navigator.credentials.get({
    publicKey: {
      ...asked,
      challenge: bytes(asked.challenge),
      allowCredentials: known(asked.allowCredentials),
    },
  });
  const { authenticatorData, signature, userHandle } = made.response;
  return answer(made, {
    authenticatorData: text(authenticatorData),
    signature: text(signature),
    userHandle: userHandle ? text(userHandle) : null,
  });
};

const answer = (made, response) => ({
  id: made.id,
  rawId: text(made.rawId),
  type: made.type,
  authenticatorAttachment: made.authenticatorAttachment,
  clientExtensionResults: made.getClientExtensionResults(),
  response: { clientDataJSON: text(made.response.clientDataJSON), ...response },
});

const options = async (form) => {
  const data = document.getElementById("passkey-data");
  if (data) return JSON.parse(data.textContent);
  const fetched = await fetch(form.action, { headers: { Accept: "application/json" } });
  return fetched.json();
};

for (const form of findAll("[data-passkey]")) {
  const start = find("[data-passkey-start]", form);
  const failed = find("[data-passkey-failed]", form);
  if (!window.PublicKeyCredential) {
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
