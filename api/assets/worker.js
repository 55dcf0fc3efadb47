// Opens the forms for new records where there is no network: offline.js keeps them at hand. Whatever
// else is asked for then leads to such a form; nothing is answered from here while the server does.
"use strict";

const FORMS = "forms";
const FIRST = "/recording/home_visit";

self.addEventListener("install", () => self.skipWaiting());
self.addEventListener("activate", (event) => event.waitUntil(self.clients.claim()));
self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== self.location.origin) return;
  if (request.mode === "navigate") event.respondWith(fetch(request).catch((lost) => form(pathname, lost)));
  else if (pathname.startsWith("/assets/")) event.respondWith(fetch(request).catch((lost) => kept(request, lost)));
});

async function kept(wanted, lost) {
  const found = await (await caches.open(FORMS)).match(wanted);
  if (!found) throw lost;
  return found;
}

// It says of itself that it was not asked for just now: the minute that stands in it is old.
async function form(pathname, lost) {
  const found = await kept(pathname, lost).catch(() => kept(FIRST, lost));
  const page = (await found.text()).replace('data-recording="anew"', 'data-recording="at-hand"');
  return new Response(page, { headers: found.headers });
}
