/** Writes pictures again, smaller, and keeps their ICC profile and EXIF data; a stream, so any number of files will do. */
import { basename, join } from "node:path";
import { transcodeStream } from "polycodec";

export async function transcode(paths: readonly string[], folder: string): Promise<string[]> {
  const done: string[] = [];
  const stream = transcodeStream(paths, {
    encode: { quality: 82, chromaSubsampling: "CSS_420" },
    path: (source) => join(folder, basename(String(source))),
  });
  for await (const { source, result } of stream) {
    if (result.status === "fulfilled") done.push(String(result.value));
    else done.push(`${basename(String(source))}: ${result.reason.message}`);
  }
  return done;
}

if (process.argv[1] === import.meta.filename) {
  const [folder, ...paths] = process.argv.slice(2);
  console.log((await transcode(paths, folder!)).join("\n"));
}
