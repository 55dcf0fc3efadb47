// What was written and is not sent yet, encrypted on this device: {key, writer, action, at, refused,
// draft, iv, sealed}; a draft is not written to its end, and is sent by nobody. Its key was made here, and even this browser gives it out to no script; both go with the
// data that the browser keeps for us.
"use strict";

const ALGORITHM = { name: "AES-GCM", length: 256 };

function stored(name, mode, work) {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open("shilu", 1);
    opening.onupgradeneeded = () => {
      opening.result.createObjectStore("queue", { keyPath: "key" });
      opening.result.createObjectStore("keys");
    };
    opening.onerror = () => reject(opening.error);
    opening.onsuccess = () => {
      const database = opening.result;
      const transaction = database.transaction(name, mode);
      const asked = work(transaction.objectStore(name));
      transaction.oncomplete = () => { database.close(); resolve(asked.result); };
      transaction.onabort = () => { database.close(); reject(transaction.error); };
    };
  });
}

// The key to what is kept. Of two tabs that make one at the same time, the first one's is kept.
async function sealing() {
  const held = () => stored("keys", "readonly", (keys) => keys.get("queue"));
  const known = await held();
  if (known) return known;
  const made = await crypto.subtle.generateKey(ALGORITHM, false, ["encrypt", "decrypt"]);
  return stored("keys", "readwrite", (keys) => keys.add(made, "queue")).then(() => made, held);
}

// A photograph lies among the words, as text.
const asText = (blob) => new Promise((resolve, reject) => {
  const reader = new FileReader();
  reader.onload = () => resolve({ name: blob.name, type: blob.type, bytes: reader.result.split(",")[1] });
  reader.onerror = () => reject(reader.error);
  reader.readAsDataURL(blob);
});

const asFile = ({ name, type, bytes }) => new File([Uint8Array.from(atob(bytes), (each) => each.charCodeAt(0))], name, { type });

async function keep({ fields, ...entry }) {
  const iv = crypto.getRandomValues(new Uint8Array(12));
  const told = await Promise.all(fields.map(async ([name, said]) => [name, said instanceof File ? await asText(said) : said]));
  const words = new TextEncoder().encode(JSON.stringify(told));
  const sealed = await crypto.subtle.encrypt({ name: ALGORITHM.name, iv }, await sealing(), words);
  await stored("queue", "readwrite", (queue) => queue.put({ ...entry, iv, sealed }));
}

async function opened({ iv, sealed }) {
  const words = await crypto.subtle.decrypt({ name: ALGORITHM.name, iv }, await sealing(), sealed);
  const told = JSON.parse(new TextDecoder().decode(words));
  return told.map(([name, said]) => [name, typeof said === "string" ? said : asFile(said)]);
}

const drop = (key) => stored("queue", "readwrite", (queue) => queue.delete(key));

// Another tab may have had it taken meanwhile, or set right: then it is not refused.
const refuse = (entry) => stored("queue", "readwrite", (queue) => {
  const asked = queue.get(entry.key);
  asked.onsuccess = () => asked.result?.at === entry.at && queue.put({ ...asked.result, refused: true });
  return asked;
});

const everything = () => stored("queue", "readonly", (queue) => queue.getAll());

// In the order in which it was written.
const kept = async () =>
  (await everything()).filter((entry) => !entry.draft).sort((one, other) => one.at.localeCompare(other.at));

const drafted = async (writer, action) =>
  (await everything()).find((entry) => entry.draft && entry.writer === writer && entry.action === action);
