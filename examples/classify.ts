/**
 * Classifies pictures: from files to a model's input in one call, with nothing done per pixel in JavaScript.
 *
 *     node classify.js photo.jpg …
 */
import { fileURLToPath } from "node:url";
import { InferenceSession, Tensor } from "onnxruntime-node";
import { Decoder, toOrt } from "polycodec";
import { colourModel, LABELS } from "./colour-model.js";

/** A line for each file: the likeliest class, or why there is none. */
export async function classify(paths: readonly string[]): Promise<string[]> {
  const session = await InferenceSession.create(colourModel());
  using decoder = new Decoder();
  using tensor = await decoder.decodeTensor(paths, {
    resize: { shortSide: 256 }, // as torchvision prepares ImageNet
    crop: { width: 224, height: 224 },
    mean: [0.485, 0.456, 0.406],
    std: [0.229, 0.224, 0.225],
  });
  const { probabilities } = await session.run({ pixels: new Tensor(...toOrt(tensor)) });
  const scores = probabilities!.data as Float32Array;
  return tensor.results.map((result, i) => {
    if (result.status === "rejected") return `${paths[i]}: ${result.reason.message}`;
    const own = [...scores.subarray(i * LABELS.length, (i + 1) * LABELS.length)];
    const best = own.indexOf(Math.max(...own));
    return `${paths[i]}: ${LABELS[best]} (${(100 * own[best]!).toFixed(0)} %)`;
  });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) console.log((await classify(process.argv.slice(2))).join("\n"));
