/** What the GPU encodes opens everywhere: in our CPU decoders, in the GPU's own, in Pillow where a Python with it is named. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { drawPicture, psnr } from "@polycodec/core/testing";
import { cpuDecoder } from "./subjects.mjs";

/** Less would be another picture. At quality 90, on pictures with noise. */
const LEAST_PSNR = 26;

const KINDS = {
  jpeg: ["CSS_444", "CSS_422", "CSS_420", "CSS_440", "CSS_411", "CSS_410", "CSS_GRAY"].flatMap((chromaSubsampling) =>
    [{}, { progressive: true }, { optimizedHuffman: true }].map((jpeg) => ({ quality: 90, chromaSubsampling, jpeg })),
  ),
  jpeg2k: [{}, { bitstreamType: "J2K" }, { ht: true }, { tileWidth: 64, tileHeight: 64 }].flatMap((jpeg2k) => [
    { qualityType: "LOSSLESS", jpeg2k },
    // nvJPEG2000 takes a quality of colours only where it may transform them.
    ...(jpeg2k.ht ? [] : [{ quality: 85, jpeg2k: { ...jpeg2k, mctMode: 1 } }]),
  ]),
};

const OPEN_IN_PILLOW = `
import sys
from PIL import Image
for path in sys.argv[1:]:
    try:
        Image.open(path).load()
    except Exception as error:
        print(path, error)
`;

export async function* check(subject, { python }) {
  const encoders = subject.reports().filter(({ direction }) => direction === "encode");
  const folder = mkdtempSync(join(tmpdir(), "polycodec-gpu-check-"));
  try {
    for (const { id, available, reason } of encoders) {
      if (available) yield* examine(subject, id, folder, python);
      else yield { state: "skipped", what: id, figure: reason };
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
}

async function* examine(subject, id, folder, python) {
  const encoder = subject.encoder({ ids: [id] });
  const files = [];
  const wrong = [];
  for (const [i, options] of KINDS[subject.codec].entries()) {
    const picture = drawPicture(193 + i, 131 - i, { seed: i + 1, noise: 0.02 });
    const name = JSON.stringify(options);
    try {
      files.push({
        name,
        picture,
        gray: options.chromaSubsampling === "CSS_GRAY",
        bytes: await encoder.encode(picture, { ...options, codec: subject.codec }),
      });
    } catch (error) {
      wrong.push(`${name}: ${error.attempts?.at(-1)?.message ?? error.message}`);
    }
  }
  yield verdict(`${id}: pictures encoded`, files.length, wrong);
  yield await opens(`${id}: open in the CPU's decoders`, cpuDecoder(), files);
  const gpu = subject.decoder();
  if (gpu.backends.some(({ available }) => available))
    yield await opens(`${id}: open in the GPU's decoders`, gpu, files);
  else yield { state: "skipped", what: `${id}: open in the GPU's decoders`, figure: "none is on" };

  const what = `${id}: open in Pillow`;
  if (!python) return yield { state: "skipped", what, figure: "no --python was named" };
  const paths = files.map(({ bytes }, i) => {
    const path = join(folder, `${i}.${subject.codec === "jpeg" ? "jpg" : "jp2"}`);
    writeFileSync(path, bytes);
    return path;
  });
  const { status, stdout, stderr } = spawnSync(python, ["-c", OPEN_IN_PILLOW, ...paths], { encoding: "utf8" });
  if (status !== 0) yield { state: "skipped", what, figure: stderr.trim().split("\n").at(-1) };
  else yield verdict(what, paths.length, stdout.split("\n").filter(Boolean));
}

async function opens(what, decoder, files) {
  const wrong = [];
  for (const { name, picture, gray, bytes } of files) {
    try {
      const image = await decoder.decode(bytes);
      const decibels = psnr(image.packed(), picture.data);
      if (!gray && !(decibels >= LEAST_PSNR)) wrong.push(`${name}: ${decibels.toFixed(1)} dB`);
    } catch (error) {
      wrong.push(`${name}: ${error.attempts?.at(-1)?.message ?? error.message}`);
    }
  }
  return verdict(what, files.length, wrong);
}

function verdict(what, count, wrong) {
  const figure = [`${count}`, ...(wrong.length > 0 ? [`${wrong.length} wrong: ${wrong.slice(0, 8).join("; ")}`] : [])];
  return { state: wrong.length > 0 ? "WRONG" : "right", what, figure: figure.join("; ") };
}
