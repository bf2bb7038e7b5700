/** Importing this module registers the nvJPEG2000 backends on the default registry: its only effect. */
import { registry } from "@polycodec/core";
import { extension } from "./extension.js";

registry.use(extension);

export { extension };
