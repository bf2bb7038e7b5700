/** A child process of run.ts: checks the files that it is told, one at a time. */
import { files } from "../corpus.js";
import { check } from "./check.js";

process.on("message", (path: string) => {
  const file = files.find((one) => one.path === path)!;
  void check(file).then((finding) => process.send!(finding));
});
