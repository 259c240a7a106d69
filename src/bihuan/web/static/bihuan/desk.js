/* Small comforts of the pages; every page works without them.
   1. drafts: what is typed in a form marked data-draft is kept in this browser until it was sent successfully, so that a lost
      line or a closed page costs no words; names and phones (data-private), and whatever is typed without an account, only as
      long as the tab is open. Signing out, and somebody else signing in, leaves nothing of it. With the words the id of the
      form is kept: what was received although the answer was lost is not received a second time.
   2. conditional questions: a field marked data-when="f-outcome=reached" is shown while that answer stands.
   3. data-print buttons. 4. an act of a list opens under its line (data-unfold); several lines are ticked for one act. */
"use strict";
(() => {
  const KEEP_DAYS = 7;
  const prefix = "draft:";
  const usable = (storage) => { try { storage.setItem("probe", "1"); storage.removeItem("probe"); return storage; } catch { return null; } };
  const disk = usable(window.localStorage);
  const tab = usable(window.sessionStorage);
  const owner = document.body.dataset.account || "0";
  const store = owner === "0" ? tab : disk; // nobody knows who sits at a public screen next
  const LEFT = "signed-out";
  let ended = false; // signed out: a field that loses its focus as the page goes would else be kept once more

  const keyOf = (form) => `${prefix}${owner}:${form.dataset.draft}`;
  const kept = (form) => [...form.elements].filter((one) => one.name && !["hidden", "password", "file", "submit", "button"].includes(one.type) && !("nokeep" in one.dataset));

  function put(storage, form, wanted) {
    const values = {};
    for (const one of kept(form).filter(wanted)) {
      if (one.type === "checkbox" || one.type === "radio") { if (one.checked) (values[one.name] ??= []).push(one.value); }
      else if (one.value) (values[one.name] ??= []).push(one.value);
    }
    const id = form.elements.seen ? null : form.elements.request_id;
    if (id && Object.keys(values).length) values.request_id = [id.value];
    if (!Object.keys(values).length) storage.removeItem(keyOf(form));
    else try { storage.setItem(keyOf(form), JSON.stringify({ at: Date.now(), values })); } catch { /* no room left: the page works without */ }
  }
  const isPrivate = (one) => "private" in one.dataset;
  function save(form) {
    if (ended) return;
    if (store === tab) { put(tab, form, () => true); return; }
    put(store, form, (one) => !isPrivate(one));
    put(tab, form, isPrivate);
  }

  function read(storage, form) {
    try { return JSON.parse(storage.getItem(keyOf(form)))?.values ?? {}; } catch { return {}; }
  }
  const unfold = (one) => { for (let up = one.closest("details"); up; up = up.parentElement.closest("details")) up.open = true; };
  function restore(form) {
    if (form.dataset.redisplayed) return;
    const left = { ...read(store, form), ...read(tab, form) };
    let found = false;
    for (const one of kept(form)) {
      const values = left[one.name];
      if (!values) continue;
      if (one.type === "checkbox" || one.type === "radio") { const on = values.includes(one.value); found ||= on !== one.checked; one.checked = on; }
      else { const value = values.shift(); if (value !== undefined && value !== one.value) { one.value = value; found = true; unfold(one); one.dispatchEvent(new Event("restored")); } }
    }
    if (found && left.request_id && form.elements.request_id) form.elements.request_id.value = left.request_id[0];
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
  function forget(key) { disk.removeItem(key); tab.removeItem(key); }
  const drafts = (storage) => Object.keys(storage).filter((name) => name.startsWith(prefix));
  const forgetAll = (which) => { for (const storage of [disk, tab]) for (const name of drafts(storage)) if (which(name)) storage.removeItem(name); };
  // the page that follows a successful act names the drafts that are done with ("case-12-*": all of that matter)
  function finished(root) {
    if (!disk || !tab) return;
    for (const done of root.querySelectorAll("[data-draft-done]")) {
      const name = `${prefix}${owner}:${done.dataset.draftDone}`;
      if (name.endsWith("*")) forgetAll((one) => one.startsWith(name.slice(0, -1))); else forget(name);
    }
  }

  // the other tab's request to sign out may still be on its way: to the sign-in page once the session is over
  async function leave() {
    for (let n = 0; n < 40; n += 1) {
      const answer = await fetch("/desk/", { redirect: "manual", cache: "no-store" }).catch(() => null);
      if (answer && answer.type === "opaqueredirect") break;
      await new Promise((on) => setTimeout(on, 500));
    }
    location.assign("/sign-in");
  }

  if (disk && tab) {
    for (const name of drafts(disk)) {
      try { if (Date.now() - JSON.parse(disk.getItem(name)).at > KEEP_DAYS * 864e5) disk.removeItem(name); } catch { disk.removeItem(name); }
    }
    finished(document);
    // somebody else will sit at this computer, or does already
    if (owner !== "0") forgetAll((name) => !name.startsWith(`${prefix}${owner}:`));
    for (const out of document.querySelectorAll("form[data-forget]")) out.addEventListener("submit", () => {
      ended = true;
      forgetAll(() => true);
      disk.setItem(LEFT, String(Date.now()));
    });
    addEventListener("storage", (event) => { // signed out in another tab
      if (event.key === LEFT && event.newValue && owner !== "0") { ended = true; forgetAll(() => true); document.body.hidden = true; leave(); }
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
  function asking(form) {
    if (!form.querySelector("[data-when]")) return;
    ask(form);
    form.addEventListener("change", () => ask(form));
  }

  // an office of the duty list brings its basis along, to be seen and changed; another office needs one of its own
  function basing(form) {
    const hints = [...form.querySelectorAll("[data-basis]")];
    const basis = form.elements["f-basis"], other = form.querySelector("select[data-other]");
    if (!hints.length || !basis) return;
    const own = (one) => one.closest("label").querySelector("input[type=radio]");
    const bring = () => {
      const found = hints.find((one) => own(one).checked);
      if (!basis.value.trim() || hints.some((one) => one.textContent === basis.value)) basis.value = found ? found.textContent : "";
    };
    for (const one of hints) own(one).addEventListener("change", () => { if (other) other.value = ""; bring(); });
    other?.addEventListener("change", () => { if (other.value) for (const one of hints) own(one).checked = false; bring(); });
    soon(bring);
  }

  // a long list is narrowed by typing a part of the word
  function narrowing(list) {
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

  // too many or too large files are said before a long upload, not after it
  function weighing(input) {
    const field = input.closest(".files");
    const main = field.querySelector("input[data-most]");
    input.addEventListener("change", () => {
      const chosen = [...field.querySelectorAll("input[type=file]")].flatMap((one) => [...one.files]);
      const sum = chosen.reduce((bytes, one) => bytes + one.size, 0);
      const { most, each, all } = main.dataset;
      const wrong = chosen.length > Number(most) || sum > Number(all) || chosen.some((one) => one.size > Number(each));
      field.querySelector(".wrong[data-weighed]")?.remove();
      if (!wrong) return;
      input.value = "";
      field.append(Object.assign(document.createElement("p"), { className: "wrong", textContent: main.dataset.said, role: "alert" }));
      field.lastElementChild.dataset.weighed = "1";
    });
  }

  // the same button is not pressed twice by an impatient hand; the server would take the second for the first anyway
  function once(form) {
    form.addEventListener("submit", (event) => {
      const pressed = event.submitter?.value || "form";
      if (form.dataset.sent === pressed) { event.preventDefault(); event.stopImmediatePropagation(); return; }
      form.dataset.sent = pressed;
      setTimeout(() => delete form.dataset.sent, 3000);
    });
  }

  // several lines of a list: tick all, and how many are ticked
  function ticking(form) {
    const boxes = () => [...document.querySelectorAll(`input[type="checkbox"][form="${form.id}"]`)];
    const all = document.querySelector("input[data-all]");
    const count = () => {
      const n = boxes().filter((one) => one.checked).length;
      for (const one of form.querySelectorAll(".ticked")) one.textContent = n ? ` (${n})` : "";
      if (all) { all.checked = n > 0 && n === boxes().length; all.indeterminate = n > 0 && !all.checked; }
    };
    if (all) { all.hidden = false; all.addEventListener("change", () => { for (const one of boxes()) one.checked = all.checked; count(); }); }
    document.addEventListener("change", (event) => { if (event.target.getAttribute?.("form") === form.id) count(); });
    document.addEventListener("htmx:afterSwap", count);
    count();
  }

  let loaded = false;
  const waiting = [];
  const soon = (what) => (loaded ? what() : waiting.push(what)); // the lines of found places come by htmx, which is ready after loading
  addEventListener("load", () => { loaded = true; for (const one of waiting) one(); });
  const found = (root, selector) => [...(root.matches?.(selector) ? [root] : []), ...root.querySelectorAll(selector)];
  function comforts(root) {
    if (store && tab) for (const form of found(root, "form[data-draft]")) {
      form.addEventListener("input", () => save(form));
      form.addEventListener("change", () => save(form));
      soon(() => restore(form));
    }
    for (const form of found(root, "form")) { asking(form); basing(form); }
    for (const list of found(root, "select[data-narrow]")) narrowing(list);
    for (const input of found(root, "input[data-files]")) weighing(input);
    for (const form of found(root, 'form[method="post"]')) once(form);
    found(root, "[data-focus]")[0]?.focus();
  }
  comforts(document);
  const many = document.getElementById("many");
  if (many) ticking(many);

  // an act opened in place under its line: the same button folds it up again; its first question has the cursor
  document.addEventListener("htmx:beforeRequest", (event) => {
    const open = event.target.matches("[data-unfold]") && event.target.closest("tbody").querySelector("tr.unfolded");
    if (open) { event.preventDefault(); open.remove(); }
  });
  document.addEventListener("click", (event) => {
    const fold = event.target.closest("[data-fold]")?.closest("tr.unfolded");
    if (fold) { const line = fold.closest("tbody"); fold.remove(); line.querySelector("[data-unfold]")?.focus(); }
  });
  document.addEventListener("htmx:afterSwap", () => {
    for (const cell of document.querySelectorAll("tr.unfolded > td, tbody.went-on td")) cell.colSpan = cell.closest("table").tHead.rows[0].cells.length;
  });
  document.addEventListener("htmx:afterSettle", () => {
    finished(document);
    for (const row of document.querySelectorAll("tr.unfolded:not([data-ready])")) {
      row.dataset.ready = "1";
      comforts(row);
      if (!row.querySelector("[data-focus]")) row.querySelector("form.act-form :is(input:not([type=hidden]), select, textarea, button)")?.focus();
    }
  });
  // another category: what follows from it is asked for again, as the button does without a script
  document.addEventListener("change", (event) => {
    const again = event.target.form?.querySelector("[data-again]");
    if (again && event.target.name === again.dataset.again) again.click();
  });
})();
