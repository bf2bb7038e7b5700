/** Polycodec as a user has it: batches through Decoder and Encoder. */
import { readFileSync } from "node:fs";
import { type DecodeResult, Decoder, type EncodeOptions, Encoder, Image, type PngPreset } from "@polycodec/core";
import "@polycodec/ext-cpu";
import type { Job, Pass } from "../job.js";

/** The side of the square in the middle that the region operation decodes. */
const REGION = 512;

export async function prepare(job: Job): Promise<Pass> {
  const { operation, width, height } = job;
  if (operation === "encode") {
    const encoder = new Encoder();
    const images = job.pixels.map((path) => Image.from(readFileSync(path), { width, height }));
    const params: EncodeOptions = job.variant?.startsWith("png ")
      ? { codec: "png", png: { preset: job.variant.slice(4) as PngPreset } }
      : { codec: "jpeg", quality: job.quality, chromaSubsampling: "CSS_420" };
    const pass: Pass = async () => {
      let bytes = 0;
      for (const result of await encoder.encode(images, params)) {
        if (result.status === "rejected") throw result.reason;
        bytes += result.value.length;
      }
      pass.codedBytes = bytes;
      return images.length;
    };
    return pass;
  }

  const decoder = new Decoder();
  const sources = job.jpegs.map((path) => readFileSync(path));
  switch (operation) {
    case "decode-reused": {
      const images = (await decoder.decode(sources)).map(imageOf);
      return async () => (await decoder.decode(sources, { images })).map(imageOf).length;
    }
    case "thumbnail": {
      const images = (await decoder.decode(sources, { scale: 8 })).map(imageOf);
      return async () => (await decoder.decode(sources, { scale: 8, images })).map(imageOf).length;
    }
    case "region": {
      const [y, x] = [(height - REGION) >> 1, (width - REGION) >> 1];
      const region = { start: [y, x], end: [y + REGION, x + REGION] } as const;
      const images = (await decoder.decode(sources, { region })).map(imageOf);
      return async () => (await decoder.decode(sources, { region, images })).map(imageOf).length;
    }
    case "tensor": {
      const options = {
        resize: { shortSide: 256 },
        crop: { width: 224, height: 224 },
        mean: [0.485, 0.456, 0.406],
        std: [0.229, 0.224, 0.225],
      } as const;
      return async () => {
        using tensor = await decoder.decodeTensor(sources, options);
        if (tensor.failed.length > 0) throw new Error(`${tensor.failed.length} pictures failed`);
        return sources.length;
      };
    }
    case "single": {
      const images = await decoder.decode(sources[0]!);
      return async () => {
        for (const source of sources) await decoder.decode(source, { images });
        return sources.length;
      };
    }
    default:
      return async () => {
        const results = await decoder.decode(sources);
        for (const result of results) imageOf(result).release();
        return results.length;
      };
  }
}

function imageOf(result: DecodeResult): Image {
  if (result.status === "rejected") throw result.reason;
  return result.value;
}
