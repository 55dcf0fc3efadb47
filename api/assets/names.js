// Puts names beside the ids of a page's people, once its reader has said why they are needed. Nothing is
// kept of them: the next page asks anew, and begins with the reason that was typed last.
"use strict";

(() => {
  const MOST = 100;
  const WHY = "names-reason";
  const place = document.getElementById("names");
  const ask = place?.querySelector("button");
  const dialog = document.querySelector(".names-asked");
  const form = dialog?.querySelector("form");
  const known = {}; // what was opened on this page
  const unnamed = () => [...document.querySelectorAll("[data-person]:not([data-named])")];

  function put(element, name) {
    element.dataset.named = "";
    if (element.tagName === "OPTION") element.append(` · ${name}`);
    else element.textContent = name;
    element.classList.remove("code");
    element.lang = "zh-CN";
  }

  async function opened() {
    const shown = unnamed();
    const people = [...new Set(shown.map((each) => each.dataset.person))].slice(0, MOST);
    const body = new URLSearchParams([["reason", form.elements.reason.value], ...people.map((id) => ["people", id])]);
    const answer = await fetch(form.action, { method: "POST", body });
    if (answer.redirected) return location.assign(answer.url);
    const { names, said } = await answer.json();
    if (!names) return tell(said);
    for (const id of people) known[id] = names[id] ?? place.dataset.none;
    putKnown();
    dialog.close();
    place.querySelector("[role=status]").textContent = place.dataset.shown.replace("#", Object.keys(names).length);
  }

  function putKnown() {
    for (const each of unnamed()) if (each.dataset.person in known) put(each, known[each.dataset.person]);
    ask.hidden = !unnamed().length;
  }

  function tell(said) {
    const line = form.querySelector(".note");
    line.setAttribute("role", "alert");
    line.textContent = said;
    line.hidden = !said;
  }

  if (!place || !dialog.showModal || !unnamed().length) return;
  place.hidden = false;
  // A form that is refused comes back in its place (offline.js), with the same people.
  new MutationObserver(putKnown).observe(document.body, { childList: true });
  ask.addEventListener("click", () => {
    tell("");
    form.elements.reason.value ||= sessionStorage.getItem(WHY) ?? "";
    dialog.showModal();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    sessionStorage.setItem(WHY, form.elements.reason.value);
    opened().catch(() => tell(place.dataset.failed));
  });
  form.querySelector("button[type=button]").addEventListener("click", () => dialog.close());
})();
