// Nothing that was written is lost for want of a network. A form for a new record is kept on this
// device (outbox.js) before it is sent, and stays until the server has taken it or its writer drops it.
// What was kept is sent in the order in which it was written, and only while its writer is signed in.
// What was not written to its end when the page was left, or thrown away by a phone that needed the
// room, is kept as a draft, and stands in the form when it is opened again.
// Without a secure context, or without storage, the form is sent as it would be without this script.
"use strict";

const FORMS = "forms";
const STALE_MS = 10 * 60 * 1000;
const ANSWER_MS = 30 * 1000;
const UPLOAD_MS = 10 * 60 * 1000;
const PAUSE_MS = 500;
const TAKEN = "/records/";

// Whether something was typed that is kept nowhere yet, and the page as it came.
let unkept = false;
let pause;
const came = { main: document.querySelector("main").cloneNode(true), address: location.href };

// Who is signed in, and the words of the page; null where nobody writes.
const box = () => document.getElementById("queue");

// Whenever it is sent, it was written when it was kept.
const written = async (entry) => [...await opened(entry), ["captured_at", entry.at]];

// What was typed, and which files were chosen; a field with no file chosen has none.
const typed = (form) => [...new FormData(form)].filter(([, said]) => !(said instanceof File) || said.size);

const hasFiles = (fields) => fields.some(([, said]) => said instanceof File);

// As a browser sends a form: with files in it, in parts.
function body(fields) {
  if (!hasFiles(fields)) return new URLSearchParams(fields);
  const parts = new FormData();
  for (const [name, said] of fields) parts.append(name, said);
  return parts;
}

async function send(entry, told = null) {
  const fields = told ?? await written(entry);
  const signal = AbortSignal.timeout?.(hasFiles(fields) ? UPLOAD_MS : ANSWER_MS);
  let answer, main;
  try {
    answer = await fetch(entry.action, { method: "POST", body: body(fields), signal });
    main = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("main");
  } catch {
    return { state: "unanswered" };
  }
  if (answer.redirected && new URL(answer.url).pathname.startsWith(TAKEN)) {
    await drop(entry.key);
    return { state: "taken", to: answer.url };
  }
  if (answer.redirected) return { state: "signed-out", to: answer.url };
  // What is no page of ours came from something on the way, and says nothing of the record.
  if (!main || answer.status < 400 || answer.status === 429 || answer.status >= 500) return { state: "unsent" };
  await refuse(entry);
  return { state: "refused", main, fields };
}

async function submitted(event) {
  event.preventDefault();
  const form = event.target;
  const button = form.querySelector("button:not([type])");
  const fields = typed(form);
  const entry = begun(form);
  unkept = false;
  clearTimeout(pause);
  try {
    await keep({ ...entry, fields });
  } catch {
    form.submit();
    return;
  }
  button.disabled = true;
  const { state, to, main } = await send(entry, fields);
  if (to) location.assign(to);
  else if (state === "refused") await show(main, fields);
  else await later();
}

const begun = (form) => ({
  key: form.elements.key.value, writer: form.elements.writer.value,
  action: new URL(form.action).pathname, at: new Date().toISOString(),
});

// What comes back refused has a place of its own.
const fresh = () => document.querySelector("form[data-recording]:not([data-recording=again])");

async function keepDraft() {
  const form = fresh();
  if (form && unkept) await keep({ ...begun(form), draft: true, fields: typed(form) });
}

// Put back what was typed before, where nothing was typed since.
async function takeUp() {
  const form = fresh();
  const place = box();
  if (!form || !place) return;
  const draft = await drafted(place.dataset.writer, new URL(form.action).pathname);
  const fields = draft && await opened(draft);
  if (!draft || unkept) return;
  refill(form, fields);
  form.elements.key.value = draft.key;
  const leave = button(place.dataset.drop, async () => {
    unkept = false;
    clearTimeout(pause);
    await drop(draft.key);
    location.reload();
  });
  const said = line(place.dataset.draft, leave);
  said.className = "note";
  said.setAttribute("role", "status");
  form.before(said);
}

function refill(form, fields) {
  for (const field of form.elements) {
    if (!field.name || field.type === "hidden") continue;
    const said = fields.filter(([name]) => name === field.name).map(([, value]) => value);
    if (field.type === "checkbox") field.checked = said.includes(field.value);
    else if (field.type === "file") putBack(field, said);
    else if (said.length) choose(field, said[0]);
  }
}

// Put files back that were chosen before: no server can.
function putBack(field, files) {
  const chosen = new DataTransfer();
  for (const file of files) chosen.items.add(file);
  field.files = chosen.files;
}

function choose(field, value) {
  const unlisted = field.options && ![...field.options].some((option) => option.value === value);
  if (unlisted) field.add(new Option(value.slice(-6), value));
  field.value = value;
}

async function later() {
  navigator.storage?.persist?.();
  document.querySelector("main").replaceWith(came.main.cloneNode(true));
  history.replaceState(null, "", came.address);
  const form = begin();
  if (form) {
    afresh(form);
    form.querySelector("select, input:not([type=hidden])").focus({ preventScroll: true });
  }
  await tell();
  box()?.scrollIntoView({ block: "center" });
}

async function show(main, fields) {
  document.querySelector("main").replaceWith(main);
  const form = begin();
  for (const field of form?.querySelectorAll("input[type=file]") ?? []) {
    putBack(field, fields.filter(([name]) => name === field.name).map(([, file]) => file));
  }
  if (form) history.replaceState(null, "", form.action);
  scrollTo(0, 0);
  document.querySelector("#said a")?.focus({ preventScroll: true });
  await tell();
}

async function sendKept() {
  const writer = box()?.dataset.writer;
  let taken = 0;
  for (const entry of await kept()) {
    if (entry.writer !== writer || entry.refused) continue;
    const { state } = await send(entry);
    if (state === "unanswered" || state === "signed-out") break;
    if (state === "taken") taken += 1;
  }
  await tell(taken);
}

async function tell(taken = 0) {
  const place = box();
  if (!place) return;
  const said = place.dataset;
  const all = await kept();
  const own = all.filter((entry) => entry.writer === said.writer);
  const waiting = own.filter((entry) => !entry.refused).length;
  const others = all.length - own.length;
  const lines = [];
  if (elsewhere()) lines.push(line(said.offline));
  if (taken) lines.push(line(said.sent.replace("#", taken)));
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
    if (unkept && !confirm(said.leave)) return;
    unkept = false;
    const { state, to, main, fields } = await send(entry);
    if (to) location.assign(to);
    else if (state === "refused") await show(main, fields);
  });
  const leave = button(said.drop, async () => {
    if (confirm(said.sure)) await drop(entry.key).then(tell);
  });
  return line(said.refused.replace("#", civil(entry.at).slice(0, 10)), open, leave);
}

function button(text, pressed) {
  const made = document.createElement("button");
  made.type = "button";
  made.className = "plain";
  made.textContent = text;
  made.addEventListener("click", pressed);
  return made;
}

const civil = (moment) => new Date(moment).toLocaleString("sv-SE", { timeZone: "Asia/Shanghai" });

// The minute and the person with which a form begins that was not asked for just now.
function afresh(form) {
  form.elements["occurred.start"].value = civil(Date.now()).slice(0, 16).replace(" ", "T");
  const whom = elsewhere() ? null : new URLSearchParams(location.search).get("whom");
  const known = form.elements.whom;
  if (!whom || !known) return;
  choose(known, whom);
}

function begin() {
  const form = document.querySelector("form[data-recording]");
  form?.addEventListener("submit", submitted);
  for (const field of form?.querySelectorAll("input[type=file]") ?? []) field.addEventListener("change", weigh);
  form?.addEventListener("input", () => {
    unkept = true;
    clearTimeout(pause);
    pause = setTimeout(() => keepDraft().catch(() => {}), PAUSE_MS);
  });
  if (form && form.dataset.recording !== "again") form.elements.key.value = crypto.randomUUID();
  if (form?.dataset.recording === "at-hand") afresh(form);
  return form;
}

// What would be too large to be taken is chosen anew before it is kept.
function weigh({ target }) {
  const large = [...target.files].some((file) => file.size > Number(target.dataset.most));
  target.setCustomValidity(large ? target.dataset.tooLarge : "");
  target.reportValidity();
}

async function keepAtHand() {
  if (!document.querySelector("form[data-recording]") || elsewhere()) return;
  const cache = await caches.open(FORMS);
  const had = await cache.match(location.pathname);
  // Where the clocks differ, it is fetched anew.
  if (had && Math.abs(Date.now() - Date.parse(had.headers.get("date"))) < STALE_MS) return;
  const forms = [...document.querySelectorAll("nav.ways a")].map((way) => new URL(way.href).pathname);
  const looks = [...document.querySelectorAll("link[rel=stylesheet], link[rel=icon], script[src]")];
  const addresses = [...forms, ...looks.map((each) => each.href || each.src)];
  await cache.addAll(addresses.map((address) => new Request(address, { redirect: "error" })));
}

async function start() {
  begin();
  navigator.serviceWorker?.register("/assets/worker.js", { scope: "/" }).catch(() => {});
  addEventListener("online", sendKept);
  addEventListener("beforeunload", (event) => unkept && event.preventDefault());
  // Come back to, a form that was sent would be sent again under its key.
  addEventListener("pageshow", (event) => event.persisted && !unkept && location.reload());
  if (box()) {
    await takeUp().catch(() => {});
    await sendKept();
    await keepAtHand().catch(() => {});
  } else if (document.querySelector("form[action='/signin']")) {
    // Whoever is next to sign in here has other people: their forms are fetched anew.
    await caches.delete(FORMS);
  }
}

if (isSecureContext) start();
