/** Polycodec whole: everything of core, with the CPU codecs registered. */
import "@polycodec/ext-cpu";

export * from "@polycodec/core";
