/** The parts of the report, in its order. `environment`: of the part's own process. */
export const PARTS = {
  backends: { title: "Backends" },
  decode: { title: "Decoding, beside the CPU's pictures" },
  encode: { title: "Encoding" },
  memory: { title: "Memory" },
  limit: { title: "Memory under a limit of 256 MiB", environment: { POLYCODEC_MAX_DEVICE_BYTES: String(256 << 20) } },
  speed: { title: "Speed" },
};
