/**
 * The fake CUDA runtime in a test. Import this before anything asks for the runtime: it sets POLYCODEC_CUDA_PATH.
 *
 *     const fake = useFakes(buildFakes(13, [fakeNvjpeg]));
 *     fake.control("fail cudaMalloc 2");
 *     fake.report().handles;
 */
import { join } from "node:path";
import { runtime } from "#core/runtime/load-addon.js";

/** What the fake has seen: see fake_cuda.h. */
export interface FakeReport {
  readonly fake: true;
  readonly deviceBlocks: number;
  readonly deviceBytes: number;
  readonly devicePeakBytes: number;
  readonly pinnedBlocks: number;
  readonly pinnedBytes: number;
  readonly pinnedPeakBytes: number;
  /** Devices on which something made a context. */
  readonly contexts: number;
  /** Live handles by kind: `stream`, `event`, and those of other fake libraries. */
  readonly handles: Readonly<Record<string, number>>;
  /** Calls by function. */
  readonly calls: Readonly<Record<string, number>>;
  /** What the real libraries would not forgive, or not notice. */
  readonly violations: readonly string[];
}

export interface Fakes {
  /** Commands of fakeCudaControl, separated by semicolons. */
  control(commands: string): void;
  report(): FakeReport;
  /** A stream as a user of CUDA would make one, and its end. */
  stream(): bigint;
  endStream(stream: bigint): void;
  /** The user's own work on it: after so many milliseconds `bytes` bytes at a device's address become `value`. */
  write(stream: bigint, address: bigint, bytes: number, value: number, ms: number): void;
}

/** `folder`: what `buildFakes` made. */
export function useFakes(folder: string): Fakes {
  process.env.POLYCODEC_CUDA_PATH = folder;
  const ask = (options: Record<string, string | number>): string => {
    const { handle } = runtime().openLibrary(join(folder, "fake_control.so"));
    try {
      runtime().createInstance(handle, "fake-cuda-control", "decode", options);
    } catch (error) {
      return (error as Error).message;
    }
    throw new Error("the control backend always declines");
  };
  return {
    control(commands) {
      if (ask({ command: commands }) !== "understood") throw new Error(`the fake does not understand ${commands}`);
    },
    stream: () => BigInt(ask({ command: "stream" })),
    endStream: (stream) => void ask({ command: "end-stream", stream: Number(stream) }),
    write(stream, address, bytes, value, ms) {
      ask({ stream: Number(stream), address: Number(address), bytes, value, writeMs: ms });
    },
    report() {
      ask({ command: ";" });
      let json = "";
      for (let piece = ask({ from: 0 }); piece.length > 0; piece = ask({ from: json.length })) {
        if (piece === "gives no reason") break;
        json += piece;
      }
      return JSON.parse(json) as FakeReport;
    },
  };
}
