/* Small comforts of the pages; every page works without them.
   1. drafts: what is typed in a form marked data-draft is kept in this browser until it was sent successfully; names and
      phones (data-private) only as long as the tab is open.
   2. conditional questions: a field marked data-when="f-outcome=reached" is shown while that answer stands.
   3. leaving a half-filled form without drafts asks first. 4. data-copy and data-print buttons. */
"use strict";
(() => {
  const KEEP_DAYS = 7;
  const prefix = "draft:";
  const usable = (storage) => { try { storage.setItem("probe", "1"); storage.removeItem("probe"); return storage; } catch { return null; } };
  const store = usable(window.localStorage);
  const tab = usable(window.sessionStorage);
  const owner = document.body.dataset.account || "0";

  const keyOf = (form) => `${prefix}${owner}:${form.dataset.draft}`;
  const kept = (form) => [...form.elements].filter((one) => one.name && !["hidden", "password", "file", "submit", "button"].includes(one.type) && !("nokeep" in one.dataset));

  function put(storage, form, wanted) {
    const values = {};
    for (const one of kept(form).filter(wanted)) {
      if (one.type === "checkbox" || one.type === "radio") { if (one.checked) (values[one.name] ??= []).push(one.value); }
      else if (one.value) (values[one.name] ??= []).push(one.value);
    }
    if (Object.keys(values).length) storage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), values }));
    else storage.removeItem(keyOf(form));
  }
  const isPrivate = (one) => "private" in one.dataset;
  function save(form) {
    put(store, form, (one) => !isPrivate(one));
    put(tab, form, isPrivate);
  }

  function read(storage, form) {
    try { return JSON.parse(storage.getItem(keyOf(form)))?.values ?? {}; } catch { return {}; }
  }
  function restore(form) {
    if (form.dataset.redisplayed) return;
    const left = { ...read(store, form), ...read(tab, form) };
    let found = false;
    for (const one of kept(form)) {
      const values = left[one.name];
      if (!values) continue;
      if (one.type === "checkbox" || one.type === "radio") { const on = values.includes(one.value); found ||= on !== one.checked; one.checked = on; }
      else { const value = values.shift(); if (value !== undefined && value !== one.value) { one.value = value; found = true; one.dispatchEvent(new Event("restored")); } }
    }
    // places and offices come as lines found by the script: what was chosen is chosen again when its line is there
    form.addEventListener("htmx:afterSwap", (event) => {
      for (const one of event.target.querySelectorAll('input[type="radio"]')) if (left[one.name]?.includes(one.value)) { one.checked = true; delete left[one.name]; }
    });
    const note = form.querySelector("[data-draft-note]");
    if (found && note) {
      note.hidden = false;
      note.querySelector("button")?.addEventListener("click", () => { forget(keyOf(form)); location.reload(); });
    }
    if (found) form.dispatchEvent(new Event("change", { bubbles: true }));
  }
  function forget(key) { store.removeItem(key); tab.removeItem(key); }

  if (store && tab) {
    for (const name of Object.keys(store)) {
      if (!name.startsWith(prefix)) continue;
      try { if (Date.now() - JSON.parse(store.getItem(name)).at > KEEP_DAYS * 864e5) store.removeItem(name); } catch { store.removeItem(name); }
    }
    // the page that follows a successful act names the drafts that are done with
    for (const done of document.querySelectorAll("[data-draft-done]")) forget(`${prefix}${owner}:${done.dataset.draftDone}`);
    for (const form of document.querySelectorAll("form[data-draft]")) {
      form.addEventListener("input", () => save(form));
      form.addEventListener("change", () => save(form));
      addEventListener("load", () => restore(form)); // the lines of found places come by htmx, which is ready then
    }
    // somebody else will sit at this computer
    for (const out of document.querySelectorAll("form[data-forget]")) out.addEventListener("submit", () => {
      for (const name of Object.keys(store)) if (name.startsWith(prefix)) forget(name);
    });
  }

  const answer = (form, name) => {
    const found = form.elements[name];
    if (!found) return "";
    if (found.type === "checkbox") return found.checked ? found.value : "";
    return found.value ?? "";
  };
  function ask(form) {
    for (const block of form.querySelectorAll("[data-when]")) {
      const holds = block.dataset.when.split(";").every((one) => {
        const [name, values] = one.split("=");
        const given = answer(form, name);
        return values.startsWith("!") ? given !== values.slice(1) : values.split(",").includes(given);
      });
      block.hidden = !holds;
      for (const one of block.querySelectorAll("input, select, textarea")) {
        if (one.required) one.dataset.required = "1";
        one.required = holds && one.dataset.required === "1";
      }
    }
  }
  for (const form of document.querySelectorAll("form")) {
    if (!form.querySelector("[data-when]")) continue;
    ask(form);
    form.addEventListener("change", () => ask(form));
  }

  // an office of the duty list brings its basis along, to be seen and changed; another office needs one of its own
  for (const form of document.querySelectorAll("form")) {
    const hints = [...form.querySelectorAll("[data-basis]")];
    const basis = form.elements["f-basis"], other = form.querySelector("select[data-other]");
    if (!hints.length || !basis) continue;
    const own = (one) => one.closest("label").querySelector("input[type=radio]");
    const bring = () => {
      const found = hints.find((one) => own(one).checked);
      if (!basis.value.trim() || hints.some((one) => one.textContent === basis.value)) basis.value = found ? found.textContent : "";
    };
    for (const one of hints) own(one).addEventListener("change", () => { if (other) other.value = ""; bring(); });
    other?.addEventListener("change", () => { if (other.value) for (const one of hints) own(one).checked = false; bring(); });
    addEventListener("load", bring);
  }

  // a long list is narrowed by typing a part of the word
  for (const list of document.querySelectorAll("select[data-narrow]")) {
    const lines = [...list.options].slice(1).map((one) => ({ one, group: one.parentElement }));
    const box = Object.assign(document.createElement("input"), { type: "search", className: "narrow-list", placeholder: list.dataset.narrow, autocomplete: "off" });
    box.setAttribute("aria-label", list.dataset.narrow);
    list.before(box);
    box.addEventListener("input", () => {
      const typed = box.value.trim();
      const fits = ({ one, group }) => !typed || one.textContent.includes(typed) || (group.label ?? "").includes(typed);
      for (const line of lines) { if (fits(line)) line.group.append(line.one); else line.one.remove(); }
      const found = lines.filter(fits);
      if (typed && found.length && !found.some(({ one }) => one.selected)) found[0].one.selected = true;
      if (typed && !found.length) list.selectedIndex = 0;
      list.dispatchEvent(new Event("change", { bubbles: true }));
    });
    box.addEventListener("keydown", (event) => { if (event.key === "Enter") event.preventDefault(); });
  }

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-print]");
    if (button) window.print();
    // one open menu at a time
    for (const menu of document.querySelectorAll("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === "Escape") for (const menu of document.querySelectorAll("details.menu[open]")) { menu.open = false; menu.querySelector("summary").focus(); }
  });

  // the same button is not pressed twice by an impatient hand; the server would take the second for the first anyway
  for (const form of document.querySelectorAll('form[method="post"]')) form.addEventListener("submit", (event) => {
    const pressed = event.submitter?.value || "form";
    if (form.dataset.sent === pressed) { event.preventDefault(); return; }
    form.dataset.sent = pressed;
    setTimeout(() => delete form.dataset.sent, 3000);
  });
  document.querySelector("[data-focus]")?.focus();
})();
