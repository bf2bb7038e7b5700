/**
 * Fake codec for tests of core: its code streams are four letters, a size and one byte of colour; its backends do what
 * a test tells them to. Nothing of it is meant for pictures.
 */
import {
  type BackendInstance,
  type BackendKind,
  type ByteReader,
  CodecError,
  type DecodeBackend,
  type DecodeTask,
  type EncodeBackend,
  type EncodeOutcome,
  type EncodeTask,
  type Extension,
  type Outcome,
  type Parser,
  type ProcessingStatus,
  startsWith,
} from "../plugin.js";

/** How a fake backend behaves; by default it succeeds at once. */
export interface FakeBehaviour {
  readonly id?: string;
  readonly kind?: BackendKind;
  readonly priority?: number;
  readonly concurrency?: number;
  readonly unavailable?: string;
  /** What it says of a task. Default `"SUCCESS"`. */
  accepts?(task: DecodeTask | EncodeTask): ProcessingStatus;
  /** Called instead of succeeding; may throw, wait, or return too few outcomes. */
  run?(tasks: readonly (DecodeTask | EncodeTask)[], signal?: AbortSignal): Promise<readonly Outcome[]>;
}

/** A code stream of the fake codec: a picture of one colour. */
export function fakeStream(width: number, height: number, value = 0): Uint8Array {
  const bytes = new Uint8Array(13);
  bytes.set([0x46, 0x41, 0x4b, 0x45]);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, width);
  view.setUint32(8, height);
  view.setUint8(12, value);
  return bytes;
}

export const fakeParser: Parser = {
  codec: "fake",
  extensions: [".fake"],
  canParse: (head) => startsWith(head, "FAKE"),
  parse(reader: ByteReader) {
    reader.seek(4);
    const width = reader.u32be();
    const height = reader.u32be();
    if (width === 0 || height === 0) throw new CodecError("IMAGE_CORRUPTED", `${width}x${height} pixels`);
    return {
      codec: "fake",
      numImages: 1,
      width,
      height,
      channels: 3,
      dtype: "uint8",
      precision: 8,
      sampleFormat: "I_RGB",
      colorSpec: "SRGB",
      chromaSubsampling: "CSS_NONE",
      orientation: 1,
    };
  },
};

/** Fills the picture with the stream's colour, unless told otherwise. */
export function fakeDecoder(behaviour: FakeBehaviour = {}): DecodeBackend {
  return {
    ...description(behaviour, "fake-decoder"),
    create: () =>
      instance<DecodeTask>(behaviour, (task) => {
        const { pixels, output } = task;
        for (let y = 0; y < output.height; y++)
          pixels.fill(task.bytes[12]!, y * output.rowStride, y * output.rowStride + output.width * output.channels);
        return {};
      }),
  };
}

/** Writes a fake code stream with the colour of the first sample. */
export function fakeEncoder(behaviour: FakeBehaviour = {}): EncodeBackend {
  return {
    ...description(behaviour, "fake-encoder"),
    create: () =>
      instance<EncodeTask>(
        behaviour,
        ({ input, pixels }): Omit<EncodeOutcome, "status"> => ({
          bytes: fakeStream(input.width, input.height, pixels[0]!),
        }),
      ),
  };
}

/** The fake codec with these backends. */
export function fakeExtension(
  decoders: readonly DecodeBackend[] = [fakeDecoder()],
  encoders: readonly EncodeBackend[] = [fakeEncoder()],
): Extension {
  return { name: "fake", version: "1.0.0", apiVersion: 1, parsers: [fakeParser], decoders, encoders };
}

function description({ id, kind, priority }: FakeBehaviour, defaultId: string) {
  return {
    id: id ?? defaultId,
    codec: "fake",
    kind: kind ?? ("CPU_ONLY" as const),
    ...(priority === undefined ? {} : { priority }),
  };
}

function instance<Task extends DecodeTask | EncodeTask>(
  behaviour: FakeBehaviour,
  work: (task: Task) => Omit<Outcome, "status">,
): BackendInstance<Task, Outcome> {
  if (behaviour.unavailable !== undefined) throw new CodecError("BACKEND_UNSUPPORTED", behaviour.unavailable);
  const runSync = (tasks: readonly Task[]): Outcome[] => tasks.map((task) => ({ status: "SUCCESS", ...work(task) }));
  return {
    ...(behaviour.concurrency === undefined ? {} : { concurrency: behaviour.concurrency }),
    accepts: (task) => behaviour.accepts?.(task) ?? "SUCCESS",
    run: (tasks, { signal }) => (behaviour.run ? behaviour.run(tasks, signal) : Promise.resolve(runSync(tasks))),
    runSync,
  };
}
