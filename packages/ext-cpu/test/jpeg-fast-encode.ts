/** The two JPEG encoders, each alone in a registry, and pictures that are hard on an encoder. */
import { type EncodeOptions, Encoder, Image, Registry } from "@polycodec/core";
import { drawPicture } from "@polycodec/core/testing";
import { extension } from "@polycodec/ext-cpu/extension";

export type JpegEncoderId = "jpeg-fast" | "libjpeg-turbo";
export type JpegOptions = Omit<EncodeOptions, "codec">;

export function openJpegEncoder(id: JpegEncoderId): Encoder {
  const encoders = extension.encoders?.filter((encoder) => encoder.id === id) ?? [];
  return new Encoder({ registry: new Registry().use({ ...extension, encoders }) });
}

/** Numbers that look random and are the same every time: xorshift32. */
export function randomNumbers(seed: number): (below: number) => number {
  let state = seed | 1;
  return (below) => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) % below;
  };
}

const FORMATS = ["I_RGB", "I_BGR", "I_RGBA", "I_Y", "P_RGB", "P_BGR", "P_RGBA", "I_YUV", "P_YUV"] as const;
const CHANNELS = { I_Y: 1, I_RGBA: 4, P_RGBA: 4 } as Record<string, number>;

/** A picture of any size up to `most`, sample format and row stride: noise, saturated noise, checks, or a drawn scene. */
export function anyPicture(random: (below: number) => number, most: number): Image {
  const [width, height] = [1 + random(most), 1 + random(most)];
  const sampleFormat = FORMATS[random(FORMATS.length)]!;
  const channels = CHANNELS[sampleFormat] ?? 3;
  const planar = sampleFormat.startsWith("P_");
  const rowStride = width * (planar ? 1 : channels) + (random(3) === 0 ? random(3000) : 0);
  const data = new Uint8Array(rowStride * height * (planar ? channels : 1));
  const kind = random(4);
  const scene = drawPicture(width, height, { seed: random(1000) }).data as Uint8Array;
  for (let i = 0; i < data.length; i++) {
    if (kind === 0) data[i] = random(256);
    else if (kind === 1) data[i] = random(2) * 255;
    else if (kind === 2) data[i] = (((i % rowStride) >> 3) ^ (Math.floor(i / rowStride) >> 3)) & 1 ? 255 : 0;
    else data[i] = scene[i % scene.length]!;
  }
  return Image.from(data, { width, height, channels, sampleFormat, rowStride });
}

/** Any options that `jpeg-fast` takes for this picture. */
export function anyOptions(random: (below: number) => number, { channels }: Image): JpegOptions {
  const restart = [{}, {}, { restartInterval: 1 + random(30) }, { restartRows: 1 + random(3) }][random(4)];
  const samplings = ["CSS_444", "CSS_422", "CSS_420", "CSS_GRAY"] as const;
  return {
    quality: 1 + random(100),
    ...(channels > 1 && { chromaSubsampling: samplings[random(4)]! }),
    jpeg: { optimizedHuffman: random(2) === 1, ...restart },
  };
}
