/** What a BMP encoder can be told. */
import { boolean, readOptions, withDefault } from "./options.js";

export interface BmpEncodeOptions {
  /** 8 bits a pixel and a palette for colour pictures of at most 256 colours; others have 24. Default false: all have 24. */
  readonly palette?: boolean;
}

const checks = { palette: withDefault(boolean, false) };

export const readBmpEncodeOptions = (raw: unknown) => readOptions("EncodeOptions.bmp", raw, checks);
