/**
 * The registry that extensions register on when they are imported, and that Decoders use when given none. It hangs on
 * globalThis so that two copies of core in one process, should an installer make them, share their extensions.
 */
import { Registry } from "./registry.js";

const key = Symbol.for("polycodec.registry@1");
const global = globalThis as { [key]?: Registry };

export const registry: Registry = (global[key] ??= new Registry());
