// Copies what the pages load from node_modules into built/, each under the name pages know it by.
import { cp, mkdir, rm } from "node:fs/promises";

const files = {
  "htmx.js": "htmx.org/dist/htmx.min.js",
  "htmx.LICENSE.txt": "htmx.org/LICENSE",
};

await rm("built", { recursive: true, force: true });
await mkdir("built");
for (const [name, source] of Object.entries(files)) {
  await cp(`node_modules/${source}`, `built/${name}`);
}
