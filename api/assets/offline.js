// Nothing that was written is lost for want of a network. A form for a new record is kept on this
// device before it is sent, and stays until the server has taken it or its writer drops it; what was
// kept is sent in the order in which it was written, and only while its writer is signed in. Without
// a secure context, or without storage, the form is sent as it would be without this script.
"use strict";

const FORMS = "forms";
const REFRESHED = "forms-refreshed";
const STALE_MS = 10 * 60 * 1000;
const TAKEN = "/records/";

// What is kept: {key, writer, action, fields, at, refused}.
function queue(mode, work) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("shilu", 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore("queue", { keyPath: "key" });
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const transaction = database.transaction("queue", mode);
      const asked = work(transaction.objectStore("queue"));
      transaction.oncomplete = () => { database.close(); resolve(asked.result); };
      transaction.onabort = () => { database.close(); reject(transaction.error); };
    };
  });
}

const keep = (entry) => queue("readwrite", (store) => store.put(entry));
const drop = (key) => queue("readwrite", (store) => store.delete(key));
const kept = async () =>
  (await queue("readonly", (store) => store.getAll())).sort((one, other) => one.at.localeCompare(other.at));

// Who is signed in, and the words of the page; null where nobody writes.
const box = () => document.getElementById("queue");

async function send(entry) {
  let answer;
  try {
    answer = await fetch(entry.action, { method: "POST", body: new URLSearchParams(entry.fields) });
  } catch {
    return { state: "unsent" };
  }
  if (answer.redirected && new URL(answer.url).pathname.startsWith(TAKEN)) {
    await drop(entry.key);
    return { state: "taken", to: answer.url };
  }
  if (answer.redirected) return { state: "signed-out", to: answer.url };
  if (answer.status < 400 || answer.status === 429 || answer.status >= 500) return { state: "unsent" };
  await keep({ ...entry, refused: true });
  return { state: "refused", page: await answer.text() };
}

async function submitted(event) {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button:not([type])");
  const fields = [...new FormData(form)];
  const entry = {
    key: form.elements.key.value, writer: form.elements.writer.value,
    action: new URL(form.action).pathname, fields, at: new Date().toISOString(),
  };
  try {
    await keep(entry);
  } catch {
    form.submit();
    return;
  }
  button.disabled = true;
  const { state, to, page } = await send(entry);
  button.disabled = false;
  if (to) location.assign(to);
  else if (state === "refused") show(page);
  else await later(form, entry);
}

// It was written now, whenever it will be sent.
async function later(form, entry) {
  await keep({ ...entry, fields: [...entry.fields, ["captured_at", entry.at]] });
  form.reset();
  afresh(form);
  await tell();
  box()?.scrollIntoView({ block: "center" });
}

function show(page) {
  const shown = new DOMParser().parseFromString(page, "text/html");
  document.querySelector("main").replaceWith(shown.querySelector("main"));
  const form = document.querySelector("form[data-recording]");
  if (form) history.replaceState(null, "", form.action);
  begin();
  tell();
  scrollTo(0, 0);
}

async function sendKept() {
  const writer = box()?.dataset.writer;
  for (const entry of await kept()) {
    if (entry.writer !== writer || entry.refused) continue;
    const { state } = await send(entry);
    if (state === "unsent" || state === "signed-out") break;
  }
  await tell();
}

async function tell() {
  const place = box();
  if (!place) return;
  const said = place.dataset;
  const all = await kept();
  const own = all.filter((entry) => entry.writer === said.writer);
  const waiting = own.filter((entry) => !entry.refused).length;
  const others = all.length - own.length;
  const lines = [];
  if (elsewhere()) lines.push(line(said.offline));
  if (waiting) lines.push(line(said.waiting.replace("#", waiting)));
  for (const entry of own.filter((each) => each.refused)) lines.push(refused(entry, said));
  if (others) lines.push(line(said.others.replace("#", others)));
  place.replaceChildren(...lines);
  place.hidden = !lines.length;
}

// Whether a form stands where another page was asked for, which needs the network.
function elsewhere() {
  const form = document.querySelector("form[data-recording]");
  return Boolean(form) && new URL(form.action).pathname !== location.pathname;
}

function line(text, ...pressed) {
  const made = document.createElement("p");
  made.append(text, ...pressed);
  return made;
}

function refused(entry, said) {
  const open = button(said.open, async () => {
    const { state, to, page } = await send(entry);
    if (to) location.assign(to);
    else if (state === "refused") show(page);
  });
  const leave = button(said.drop, async () => {
    if (confirm(said.sure)) await drop(entry.key).then(tell);
  });
  return line(said.refused.replace("#", entry.at.slice(0, 10)), open, leave);
}

function button(text, pressed) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "plain";
  made.textContent = text;
  made.addEventListener("click", pressed);
  return made;
}

function afresh(form) {
  form.elements.key.value = crypto.randomUUID();
  const now = new Date().toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" });
  form.elements["occurred.start"].value = now.slice(0, 16).replace(" ", "T");
  const whom = new URLSearchParams(location.search).get("whom");
  const offered = [...form.elements.whom.options].some((option) => option.value === whom);
  if (offered) form.elements.whom.value = whom;
}

function begin() {
  const form = document.querySelector("form[data-recording]");
  if (!form) return;
  form.addEventListener("submit", submitted);
  if (form.dataset.recording === "anew") afresh(form);
}

async function keepAtHand() {
  if (!document.querySelector("form[data-recording]") || elsewhere()) return;
  if (Date.now() - Number(localStorage.getItem(REFRESHED)) < STALE_MS) return;
  const forms = [...document.querySelectorAll("nav.ways a")].map((way) => new URL(way.href).pathname);
  const looks = [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src]")];
  const addresses = [...forms, ...looks.map((each) => each.href || each.src)];
  const cache = await caches.open(FORMS);
  await cache.addAll(addresses.map((address) => new Request(address, { redirect: "error" })));
  localStorage.setItem(REFRESHED, Date.now());
}

async function start() {
  begin();
  navigator.serviceWorker?.register("/assets/worker.js", { scope: "/" }).catch(() => {});
  addEventListener("online", sendKept);
  if (box()) {
    await sendKept();
    await keepAtHand().catch(() => {});
  } else {
    // Whoever is next to sign in here has other people: their forms are fetched anew.
    localStorage.removeItem(REFRESHED);
    await caches.delete(FORMS);
  }
}

if (isSecureContext) start();
