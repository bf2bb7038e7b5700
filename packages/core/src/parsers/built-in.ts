/** The parsers that core brings along. Extensions may add more; the first whose `canParse` agrees reads the file. */
import type { Parser } from "../plugin.js";
import { jpeg } from "./jpeg.js";
import { png } from "./png.js";

export const builtInParsers: readonly Parser[] = [jpeg, png];
