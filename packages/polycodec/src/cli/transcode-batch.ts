/** The pipeline behind `polycodec transcode`: core's stream, and what becomes of each file. */
import { type DecodeSource, type TranscodedItem, transcodeStream } from "@polycodec/core";
import { type DecodeFlags, decodeOptions } from "./decode-options.js";
import { type EncodeFlags, encodeOptions } from "./encode-options.js";
import { type Input, sourceOf } from "./inputs.js";
import { failure, type Item } from "./report.js";

export interface TranscodeItem extends Item {
  readonly output?: string;
  /** Of the original. */
  readonly codec?: string;
  /** Pixels of the result. */
  readonly width?: number;
  readonly height?: number;
  readonly channels?: number;
  readonly bytesBefore?: number;
  readonly bytesAfter?: number;
  readonly warnings?: readonly string[];
}

export interface TranscodeSettings {
  readonly decode: DecodeFlags;
  readonly encode: EncodeFlags;
  readonly keepMetadata: boolean;
  readonly force: boolean;
  readonly signal: AbortSignal;
}

/** Transcodes all inputs and tells of each as soon as it is done, in no particular order. */
export async function transcodeBatch(
  inputs: readonly Input[],
  outputs: readonly string[],
  { decode, encode, keepMetadata, force, signal }: TranscodeSettings,
  done: (item: TranscodeItem) => void,
): Promise<void> {
  const results = transcodeStream(sourcesOf(inputs), {
    ordered: false,
    decode: decodeOptions(decode),
    encode: { ...encodeOptions(encode), overwrite: force },
    path: (_, index) => outputs[index],
    metadata: keepMetadata ? "keep" : "strip",
    signal,
  });
  for await (const result of results) done(itemOf(result, inputs[result.index]!));
}

/** Standard input is read when its turn comes. */
async function* sourcesOf(inputs: readonly Input[]): AsyncGenerator<DecodeSource, void, void> {
  for (const input of inputs) yield await sourceOf(input);
}

function itemOf({ result, info, image, sourceSize, size, warnings }: TranscodedItem, { path }: Input): TranscodeItem {
  const known = {
    file: path,
    ...(info && { codec: info.codec }),
    ...(image && { width: image.width, height: image.height, channels: image.channels }),
    ...(sourceSize !== undefined && { bytesBefore: sourceSize }),
    ...(warnings.length > 0 && { warnings }),
  };
  if (result.status === "rejected") return { ...known, ok: false, error: failure(result.reason) };
  return {
    ...known,
    ok: true,
    output: result.value as string,
    ...(size !== undefined && { bytesAfter: size }),
  };
}
