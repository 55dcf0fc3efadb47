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
  if (request.mode === "navigate") event.respondWith(answered(request, [pathname, FIRST]));
  else if (pathname.startsWith("/assets/")) event.respondWith(answered(request, [request]));
});

async function answered(request, atHand) {
  try {
    return await fetch(request);
  } catch (unreachable) {
    const forms = await caches.open(FORMS);
    for (const wanted of atHand) {
      const found = await forms.match(wanted);
      if (found) return found;
    }
    throw unreachable;
  }
}
