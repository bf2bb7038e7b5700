/** What a JPEG encoder can be told. */
import { ArgumentTypeError } from "../errors.js";
import { boolean, integer, readOptions, withDefault } from "./options.js";

export interface JpegEncodeOptions {
  /** Several scans of growing detail. Default false. */
  readonly progressive?: boolean;
  /** Huffman tables made for this picture: 2 to 10 % smaller, about half as fast. Default false. */
  readonly optimizedHuffman?: boolean;
  /** A restart marker after so many MCUs, 0 to 65,535. Default 0: none. */
  readonly restartInterval?: number;
  /** A restart marker after so many rows of MCUs, 0 to 65,535; not beside `restartInterval`. Default 0: none. */
  readonly restartRows?: number;
  /** Of a lossless JPEG: which neighbours a sample is predicted from, 1 to 7 (ITU-T T.81, table H.1). Default 1: the left. */
  readonly predictor?: number;
  /** Of a lossless JPEG: how many of a sample's lowest bits are left out, 0 to 15. Default 0: none, and nothing is lost. */
  readonly pointTransform?: number;
}

const checks = {
  progressive: withDefault(boolean, false),
  optimizedHuffman: withDefault(boolean, false),
  restartInterval: withDefault(integer(0, 65_535), 0),
  restartRows: withDefault(integer(0, 65_535), 0),
  predictor: withDefault(integer(1, 7), 1),
  pointTransform: withDefault(integer(0, 15), 0),
};

export function readJpegEncodeOptions(raw: unknown) {
  const given = readOptions("EncodeOptions.jpeg", raw, checks);
  if (given.restartInterval && given.restartRows) {
    throw new ArgumentTypeError("EncodeOptions.jpeg: restartInterval and restartRows exclude each other");
  }
  return given;
}
