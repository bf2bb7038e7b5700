/** Writes pictures again, smaller, and keeps their ICC profile and EXIF data; a stream, so any number of files will do. */
import { basename, join } from "node:path";
import { CodeStream, Decoder, Encoder, type Metadata, withOrientation } from "polycodec";

/** The picture is turned while it is decoded, so the EXIF data that is kept must no longer ask for it. */
async function keptMetadata(path: string): Promise<Metadata[]> {
  const stream = CodeStream.from(path);
  const exif = (await stream.metadata("EXIF")).map((one) => ({ ...one, bytes: withOrientation(one.bytes, 1) }));
  return [...exif, ...(await stream.metadata("ICC_PROFILE"))];
}

export async function transcode(paths: readonly string[], folder: string): Promise<string[]> {
  using decoder = new Decoder();
  using encoder = new Encoder();
  const done: string[] = [];
  for await (const { source, result } of decoder.decodeStream(paths)) {
    const path = String(source);
    if (result.status === "rejected") {
      done.push(`${basename(path)}: ${result.reason.message}`);
      continue;
    }
    using image = result.value;
    const options = { quality: 82, chromaSubsampling: "CSS_420", metadata: await keptMetadata(path) } as const;
    done.push(await encoder.write(join(folder, basename(path)), image, options));
  }
  return done;
}

if (process.argv[1] === import.meta.filename) {
  const [folder, ...paths] = process.argv.slice(2);
  console.log((await transcode(paths, folder!)).join("\n"));
}
