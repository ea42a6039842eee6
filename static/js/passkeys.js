(() => {
  // static/src/js/shared/dom.js
  var find = (selector, within = document) => within.querySelector(selector);
  var findAll = (selector, within = document) => [...within.querySelectorAll(selector)];

  // static/src/js/passkeys.js
  var create = ({ creation_options: { publicKey: asked } }) => {
    const authenticatorSelection = {
      ...asked.authenticatorSelection,
      residentKey: "required",
      requireResidentKey: true,
      userVerification: "required"
    };
    const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON({ ...asked, authenticatorSelection });
    return navigator.credentials.create({ publicKey });
  };
  var get = ({ request_options: { publicKey: asked } }) => navigator.credentials.get({ publicKey: PublicKeyCredential.parseRequestOptionsFromJSON(asked) });
  var options = async (form) => {
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
})();
