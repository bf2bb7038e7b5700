/** What a JPEG 2000 encoder can be told: the reference system's Jpeg2kEncodeParams, and tiles. */
import { ArgumentRangeError, ArgumentTypeError } from "../errors.js";
import { boolean, type Check, expected, integer, oneOf, readOptions, withDefault } from "./options.js";

export interface Jpeg2kEncodeOptions {
  /** `"JP2"`: in boxes, with colour space and metadata (`.jph` when `ht`). `"J2K"`: the code stream alone. Default `"JP2"`. */
  readonly bitstreamType?: "JP2" | "J2K";
  /**
   * Height and width of code blocks in samples: powers of two from 4 to 1,024, at most 4,096 samples together. Default
   * `[64, 64]`.
   */
  readonly codeBlockSize?: readonly [height: number, width: number];
  /** Resolutions, each half the next: 1 to 33. Default 6: `scale` 2, 4 and 8 are then cheap. */
  readonly numResolutions?: number;
  /** Order of the packets: L layer, R resolution, C component, P position. Default `"RPCL"`. */
  readonly progOrder?: "LRCP" | "RLCP" | "RPCL" | "PCRL" | "CPRL";
  /** 1: RGB is decorrelated before coding, which makes it smaller. Default 0. */
  readonly mctMode?: 0 | 1;
  /** High throughput (ITU-T T.814): many times as fast, a little larger. Default false. */
  readonly ht?: boolean;
  /** Pixels of a tile, 0 to 2,147,483,647; give both or none. Default 0: one tile. At most 65,535 tiles. */
  readonly tileWidth?: number;
  readonly tileHeight?: number;
}

const blockSize: Check<readonly [number, number]> = (value, name) => {
  if (!Array.isArray(value) || value.length !== 2) throw expected(name, "[height, width]", value);
  const side = integer(4, 1024);
  const [height, width] = [side(value[0], `${name}[0]`), side(value[1], `${name}[1]`)];
  for (const one of [height, width]) {
    if ((one & (one - 1)) !== 0) throw new ArgumentRangeError(`${name}: expected powers of two, got ${one}`);
  }
  if (height * width > 4096) {
    throw new ArgumentRangeError(`${name}: expected at most 4096 samples, got ${height * width}`);
  }
  return [height, width];
};

const checks = {
  bitstreamType: withDefault(oneOf(["JP2", "J2K"]), "JP2"),
  codeBlockSize: withDefault(blockSize, [64, 64]),
  numResolutions: withDefault(integer(1, 33), 6),
  progOrder: withDefault(oneOf(["LRCP", "RLCP", "RPCL", "PCRL", "CPRL"]), "RPCL"),
  mctMode: withDefault(oneOf([0, 1]), 0),
  ht: withDefault(boolean, false),
  tileWidth: withDefault(integer(0, 2 ** 31 - 1), 0),
  tileHeight: withDefault(integer(0, 2 ** 31 - 1), 0),
};

export function readJpeg2kEncodeOptions(raw: unknown) {
  const { codeBlockSize, ...given } = readOptions("EncodeOptions.jpeg2k", raw, checks);
  if ((given.tileWidth === 0) !== (given.tileHeight === 0)) {
    throw new ArgumentTypeError("EncodeOptions.jpeg2k: tileWidth and tileHeight go together");
  }
  return Object.freeze({ ...given, codeBlockHeight: codeBlockSize[0], codeBlockWidth: codeBlockSize[1] });
}
