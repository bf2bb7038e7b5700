/** `part.mjs NAME SETTINGS`: runs one part and prints its lines as JSON, each as soon as it is known. */
import { writeSync } from "node:fs";
import { openExtensions } from "./subjects.mjs";

const [name, settings] = process.argv.slice(2);
const { check } = await import(new URL(`${name}.mjs`, import.meta.url).href);
for (const { subject, reason, extension } of await openExtensions()) {
  if (!subject) tell({ state: "skipped", what: extension, figure: reason });
  else for await (const line of check(subject, JSON.parse(settings))) tell(line);
}
// Threads of a library that hangs would keep the process.
process.exit(0);

/** `state`: "right", "WRONG", "skipped" or "seen", which judges nothing. */
function tell(line) {
  writeSync(1, `${JSON.stringify(line)}\n`);
}
