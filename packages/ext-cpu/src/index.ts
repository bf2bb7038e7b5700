/** Importing this package registers its codecs on the default registry: its only side effect. */
import { registry } from "@polycodec/core";
import { extension } from "./extension.js";

registry.use(extension);

export { extension };
