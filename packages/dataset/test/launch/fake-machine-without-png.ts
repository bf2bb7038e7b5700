/** What a worker imports that stands for a machine where PNG's library is missing: all codecs of the CPU but the decoders of PNG. */
import { registry } from "@polycodec/core";
import { extension } from "@polycodec/ext-cpu/extension";

registry.use({ ...extension, decoders: extension.decoders!.filter(({ codec }) => codec !== "png") });
