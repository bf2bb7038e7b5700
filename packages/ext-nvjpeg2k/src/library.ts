import { prebuiltLibrary } from "@polycodec/core/plugin";

/** The path of this package's shared library. Throws `CodecError("BACKEND_UNSUPPORTED")` where there is none. */
export const library = (): string => prebuiltLibrary(new URL("..", import.meta.url));
