/** What the conformance suite is told, and what its parts work with. */
import type { Decoder } from "../decoder.js";
import type { Encoder } from "../encoder.js";
import type { Image } from "../image/image.js";
import type { EncodeOptions } from "../params/encode-params.js";
import type { Extension } from "../plugin.js";
import type { Registry } from "../registry.js";

/** `test` of ava, node:test and most others. */
export type TestFunction = (name: string, body: () => Promise<void>) => unknown;

/** A code stream, with its pixels in the default output (`I_RGB`) where they are known. */
export interface TestStream {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly pixels?: Image;
}

export interface BackendUnderTest {
  /** The extension that brings the backend, and the parser unless core has it. */
  readonly extension: Extension;
  readonly codec: string;
  /** The id of the decoder to test, if any. */
  readonly decoder?: string;
  /** The id of the encoder to test, if any. */
  readonly encoder?: string;
  /** Code streams to decode. None: they are made with the encoder. */
  readonly samples?: readonly TestStream[];
  /** Options for the encodes of the suite. */
  readonly encodeOptions?: Omit<EncodeOptions, "codec">;
  /** Least PSNR of a round trip in dB; Infinity (default) for lossless codecs. */
  readonly roundTripPsnr?: number;
  /** Can the decoder produce pictures at 1/2, 1/4, 1/8? Default false. */
  readonly scales?: boolean;
}

/** A registry with nothing but the backends under test, and ways to use them. */
export interface Subject {
  readonly under: BackendUnderTest;
  readonly registry: Registry;
  openDecoder(): Decoder;
  openEncoder(): Encoder;
  streams(): Promise<readonly TestStream[]>;
}
