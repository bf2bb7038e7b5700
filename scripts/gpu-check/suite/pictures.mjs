/** Pictures of every kind that a codec has, drawn from seeds and coded by the CPU, with what is asked of their decoders. */
import { Image } from "@polycodec/core";
import { drawPicture } from "@polycodec/core/testing";
import { jpegKinds } from "./jpeg-kinds.mjs";
import { jpeg2kKinds } from "./jpeg2k-kinds.mjs";
import { cpuEncoder } from "./subjects.mjs";

const KINDS = { jpeg: jpegKinds, jpeg2k: jpeg2kKinds };

/** Odd and even, smaller than a block, larger than many. */
const SIZES = [
  [193, 131],
  [64, 48],
  [401, 297],
  [33, 70],
  [256, 256],
  [17, 9],
];

/** `count` pictures: all kinds in turn, in changing sizes. `{ name, bytes, decode }` each. */
export async function picturesOf(codec, count) {
  const encoder = cpuEncoder();
  const kinds = KINDS[codec];
  const pictures = [];
  for (let i = 0; i < count; i++) {
    const {
      name,
      draw = {},
      precision,
      repaint,
      encode,
      rewrite = (bytes) => bytes,
      decode = {},
    } = kinds[i % kinds.length];
    // The kinds come round in another order of sizes each time.
    const [width, height] = SIZES[(i + Math.floor(i / kinds.length)) % SIZES.length];
    let picture = drawPicture(width, height, { seed: i + 1, ...draw });
    if (precision) picture = shallower(picture, precision);
    if (repaint) picture = repaint(picture);
    const bytes = rewrite(await encoder.encode(picture, { ...encode, codec }));
    pictures.push({ name: `${name}, ${width}x${height}`, bytes, decode });
  }
  encoder.close();
  return pictures;
}

/** The highest bits of a picture of 16. */
function shallower(picture, precision) {
  const { width, height, channels, sampleFormat, data } = picture;
  const samples = data.map((sample) => sample >> (16 - precision));
  return Image.from(samples, { width, height, channels, sampleFormat, precision });
}

/** As many pictures of one size as given, all different. */
export async function photosOf(codec, count, [width, height], encode = {}) {
  const encoder = cpuEncoder();
  const photos = [];
  for (let i = 0; i < count; i++)
    photos.push(await encoder.encode(drawPicture(width, height, { seed: i + 1 }), { ...encode, codec }));
  encoder.close();
  return photos;
}
