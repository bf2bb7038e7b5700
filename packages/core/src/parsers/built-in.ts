/** The parsers that core brings along. Extensions may add more; the first whose `canParse` agrees reads the file. */
import type { Parser } from "../plugin.js";
import { bmp } from "./bmp.js";
import { jpeg } from "./jpeg.js";
import { jpegls } from "./jpegls.js";
import { pnm } from "./pnm.js";

export const builtInParsers: readonly Parser[] = [jpegls, jpeg, bmp, pnm];
