/**
 * Draws the sample pictures that `npm start` works on when no folder is named, into `samples/`, with Polycodec's own encoder.
 * The same every time. Alone: `node scripts/draw-samples.mjs`.
 */
import { existsSync, mkdirSync, statSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { Encoder, Image } from "polycodec";
import {
  bokeh,
  clouds,
  fabric,
  fog,
  leaf,
  marble,
  meadow,
  mountains,
  night,
  sea,
  spheres,
  wood,
} from "./samples/scenes.mjs";
import { root } from "./step.mjs";

export const samples = join(root, "samples");

/** Sizes are those of the picture as shown; `orientation` (EXIF) is how it is stored. */
const PICTURES = [
  { scene: mountains, width: 1500, height: 1000, quality: 92, subsampling: "CSS_420" },
  { scene: sea, width: 1280, height: 720, quality: 88, subsampling: "CSS_420" },
  { scene: meadow, width: 900, height: 1200, quality: 90, subsampling: "CSS_422", orientation: 6 },
  { scene: marble, width: 800, height: 800, quality: 85, subsampling: "CSS_444" },
  { scene: wood, width: 1080, height: 720, quality: 80, subsampling: "CSS_440" },
  { scene: spheres, width: 1200, height: 800, quality: 95, subsampling: "CSS_444" },
  { scene: fabric, width: 750, height: 1000, quality: 90, subsampling: "CSS_444" },
  { scene: fog, width: 900, height: 900, quality: 90, subsampling: "CSS_GRAY" },
  { scene: clouds, width: 1920, height: 480, quality: 88, subsampling: "CSS_420", jpeg: { progressive: true } },
  { scene: night, width: 720, height: 1080, quality: 90, subsampling: "CSS_420", orientation: 8 },
  { scene: bokeh, width: 641, height: 479, quality: 75, subsampling: "CSS_411" },
  { scene: leaf, width: 159, height: 211, quality: 90, subsampling: "CSS_420", jpeg: { optimizedHuffman: true } },
];

/** Draws those that are missing or older than this program; returns how many. */
export async function drawSamples() {
  mkdirSync(samples, { recursive: true });
  const changed = Math.max(
    ...["draw-samples.mjs", "samples/scenes.mjs", "samples/noise.mjs"].map((name) =>
      modified(join(root, "scripts", name)),
    ),
  );
  const encoder = new Encoder();
  let drawn = 0;
  for (const picture of PICTURES) {
    const path = join(samples, `${picture.scene.name}.jpg`);
    if (modified(path) > changed) continue;
    const { quality, subsampling: chromaSubsampling, jpeg = {}, orientation = 1 } = picture;
    await encoder.write(path, draw(picture), {
      quality,
      chromaSubsampling,
      jpeg,
      metadata: [{ kind: "EXIF", format: "RAW", id: 0, bytes: exif(orientation) }],
      overwrite: true,
    });
    drawn++;
  }
  encoder.close();
  return drawn;
}

function modified(path) {
  return existsSync(path) ? statSync(path).mtimeMs : 0;
}

function draw({ scene, width, height, subsampling, orientation = 1 }) {
  const turned = orientation >= 5;
  const stored = { width: turned ? height : width, height: turned ? width : height };
  const channels = subsampling === "CSS_GRAY" ? 1 : 3;
  // Clamped and rounded to the nearest, as a conversion to 8 bits should be.
  const samples = new Uint8ClampedArray(width * height * channels);
  let place = 0;
  for (let row = 0; row < stored.height; row++) {
    for (let column = 0; column < stored.width; column++) {
      const [x, y] = shownAt(row, column, orientation, width, height);
      const color = scene(x, y, { width, height });
      for (let c = 0; c < channels; c++) samples[place++] = color[c];
    }
  }
  return Image.from(samples, { ...stored, channels });
}

/** Where the stored pixel is shown. 6: row 0 is the right side, column 0 the top; 8: row 0 left, column 0 bottom. */
function shownAt(row, column, orientation, width, height) {
  if (orientation === 6) return [width - 1 - row, column];
  if (orientation === 8) return [row, height - 1 - column];
  return [column, row];
}

/** An EXIF structure of two entries: orientation, and the name of the software. */
function exif(orientation) {
  const software = "Polycodec\0";
  const bytes = Buffer.alloc(38 + software.length);
  bytes.write("II*\0", 0, "latin1");
  bytes.writeUInt32LE(8, 4);
  bytes.writeUInt16LE(2, 8);
  entry(10, 0x0112, 3, 1, orientation);
  entry(22, 0x0131, 2, software.length, 38);
  bytes.write(software, 38, "latin1");
  return bytes;

  function entry(at, tag, type, count, value) {
    bytes.writeUInt16LE(tag, at);
    bytes.writeUInt16LE(type, at + 2);
    bytes.writeUInt32LE(count, at + 4);
    bytes.writeUInt32LE(value, at + 8);
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url))
  console.log(`${await drawSamples()} pictures drawn into ${samples}`);
