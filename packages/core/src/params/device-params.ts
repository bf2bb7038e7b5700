/** Devices and streams of CUDA, as users name them. */
import { ArgumentTypeError, PolycodecError } from "../errors.js";
import { runtime } from "../runtime/load-addon.js";
import { type Check, expected, integer } from "./options.js";

/** CUDA numbers devices from 0; whether there is one is known when it is needed. */
export const readDeviceId: Check<number> = integer(0, 63);

/** The devices of a Decoder or Encoder: one, or several. */
export const readDeviceIds: Check<readonly number[]> = (value, name) => {
  if (value === undefined) return [0];
  const list = Array.isArray(value) ? value : [value];
  if (list.length === 0) throw expected(name, "a device's number, or several", value);
  const ids = list.map((id, i) => readDeviceId(id, Array.isArray(value) ? `${name}[${i}]` : name));
  if (new Set(ids).size < ids.length) throw new ArgumentTypeError(`${name}: a device is named twice`);
  return Object.freeze(ids);
};

/** The address of a cudaStream_t. 0n is the legacy default stream. */
export const readCudaStream: Check<bigint> = (value, name) => {
  if (typeof value !== "bigint" || value < 0n || value >= 1n << 53n)
    throw expected(name, "a cudaStream_t's address as a bigint", value);
  return value;
};

/** @throws ERR_POLYCODEC_DEVICE when there is no CUDA, no such device, or it is lost to this process */
export function checkDevice(deviceId: number, name: string): void {
  const { reason, devices } = runtime().cuda();
  if (devices === undefined) throw new PolycodecError("ERR_POLYCODEC_DEVICE", `${name}: ${reason}`);
  if (deviceId >= devices.length) {
    throw new PolycodecError(
      "ERR_POLYCODEC_DEVICE",
      `${name}: there is no device ${deviceId}; CUDA has ${devices.map(({ id, name }) => `${id} (${name})`).join(", ")}`,
    );
  }
  const { lost } = devices[deviceId]!;
  if (lost) throw new PolycodecError("ERR_POLYCODEC_DEVICE", `${name}: ${lost}`);
}
