/** Raw samples through a FAKE CUDA device: the backend of raw_device.cpp beside raw-codec's own on the CPU. */
import { join } from "node:path";
import { Decoder, type DecoderOptions, Encoder, Registry } from "@polycodec/core";
import { type DecodeTask, type Extension, nativeDecoder, nativeEncoder } from "@polycodec/core/plugin";
import { rawExtension } from "../raw-codec.js";
import { buildFakes, fakes } from "./build.js";

const folder = buildFakes(13, [{ name: "raw_device.so", sources: [join(fakes, "raw_device.cpp")] }]);
/** For `useFakes`. */
export const fakeFolder = folder;

const common = {
  id: "raw-gpu",
  codec: "raw",
  kind: "GPU_ONLY" as const,
  priority: 200,
  library: join(folder, "raw_device.so"),
  options: { maxDeviceBytes: 0 },
};

const device: Extension = {
  name: "raw-device",
  version: "1.0.0",
  apiVersion: 1,
  decoders: [
    nativeDecoder({
      ...common,
      accepts: ({ output, info, region, orientation, scale }: DecodeTask) =>
        region
          ? "ROI_UNSUPPORTED"
          : scale === 1 && orientation === 1 && output.sampleFormat === info.sampleFormat
            ? "SUCCESS"
            : "SAMPLE_FORMAT_UNSUPPORTED",
    }),
  ],
  encoders: [nativeEncoder({ ...common, accepts: () => "SUCCESS" })],
};

const registry = new Registry().use(rawExtension).use(device);
export const deviceDecoder = (options: DecoderOptions = {}) => new Decoder({ registry, ...options });
export const deviceEncoder = (options: DecoderOptions = {}) => new Encoder({ registry, ...options });
