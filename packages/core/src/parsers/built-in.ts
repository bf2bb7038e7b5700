/** The parsers that core brings along. Extensions may add more; the first whose `canParse` agrees reads the file. */
import type { Parser } from "../plugin.js";
import { bmp } from "./bmp.js";
import { gif } from "./gif.js";
import { jpeg } from "./jpeg.js";
import { jpeg2k } from "./jpeg2k.js";
import { jpegls } from "./jpegls.js";
import { png } from "./png.js";
import { pnm } from "./pnm.js";
import { webp } from "./webp.js";

/** JPEG-LS begins as JPEG does, and is asked first. */
export const builtInParsers: readonly Parser[] = [jpegls, bmp, gif, jpeg, jpeg2k, png, pnm, webp];
