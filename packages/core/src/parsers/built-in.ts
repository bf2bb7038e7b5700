/** The parsers that core brings along. Extensions may add more; the first whose `canParse` agrees reads the file. */
import type { Parser } from "../plugin.js";
import { gif } from "./gif.js";
import { jpeg } from "./jpeg.js";
import { webp } from "./webp.js";

export const builtInParsers: readonly Parser[] = [gif, jpeg, webp];
