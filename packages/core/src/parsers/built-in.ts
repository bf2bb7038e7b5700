/** The parsers that core brings along. Extensions may add more; the first whose `canParse` agrees reads the file. */
import type { Parser } from "../plugin.js";
import { jpeg } from "./jpeg.js";
import { jpeg2k } from "./jpeg2k.js";

export const builtInParsers: readonly Parser[] = [jpeg, jpeg2k];
