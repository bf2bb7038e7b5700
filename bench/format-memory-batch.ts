/** One batch of the files that are named, from memory, into fresh images: prints the process's peak RSS in bytes. */
import { readFileSync } from "node:fs";
import { Decoder } from "@polycodec/core";
import "@polycodec/ext-cpu";

const sources = process.argv.slice(2).map((path) => readFileSync(path));
using decoder = new Decoder();
for (const result of await decoder.decode(sources)) if (result.status === "rejected") throw result.reason;
process.stdout.write(String(Number(/VmHWM:\s*(\d+)/.exec(readFileSync("/proc/self/status", "utf8"))![1]) * 1024));
