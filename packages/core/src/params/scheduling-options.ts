/** What a Decoder and an Encoder are made with: which backends may work, where, and how much at a time. */
import type { BackendKind } from "../enums.js";
import { DEFAULT_LIMITS, type Limits } from "../limits.js";
import { Registry } from "../registry.js";
import type { BackendOptions } from "./backend-options.js";
import { type BackendChoice, readBackends } from "./backends.js";
import { readLimits } from "./decode-params.js";
import { readDeviceIds } from "./device-params.js";
import { asObject, instanceOf, integer, optional, readOptions, withDefault } from "./options.js";

interface SchedulingOptions {
  /** Where parsers and backends are looked up. Default: the registry that extensions register on when imported. */
  readonly registry?: Registry;
  /** The allowed kinds of backends, and how work is divided between them. Default all, adaptively. */
  readonly backends?: readonly (BackendKind | BackendChoice)[];
  /** At most so many threads work on one window of a call. Default 0: all of the runtime's. */
  readonly maxCpuThreads?: number;
  /** The CUDA device that backends for devices work on, or several. Default 0. */
  readonly deviceId?: number | readonly number[];
  /** Options of backends, by id: `{ "libjpeg-turbo": { fancyUpsampling: false } }`. */
  readonly options?: BackendOptions;
  /** A backend that has not returned from a chunk after so many milliseconds is given up, and its samples go on to others. Default 300,000; 0: never. */
  readonly watchdogMs?: number;
}

export interface DecoderOptions extends SchedulingOptions {
  /** Limits of every call, unless the call has its own. */
  readonly limits?: Partial<Limits>;
}

export interface EncoderOptions extends SchedulingOptions {
  /** `maxScratchBytes`, `windowItems` and `windowBytes` matter here. */
  readonly limits?: Partial<Limits>;
}

const checks = {
  registry: optional(instanceOf(Registry, "a Registry")),
  backends: readBackends,
  maxCpuThreads: withDefault(integer(0, 1024), 0),
  deviceId: readDeviceIds,
  watchdogMs: withDefault(integer(0, 2 ** 31 - 1), 300_000),
  options: (value: unknown, name: string) => (value === undefined ? {} : (asObject(value, name) as BackendOptions)),
  limits: (value: unknown, name: string) => readLimits(value, name, DEFAULT_LIMITS),
};

/** With the defaults. @throws TypeError, RangeError for options that are unknown or out of range */
export const readDecoderOptions = (options: DecoderOptions | undefined) =>
  readOptions("DecoderOptions", options, checks);

/** With the defaults. @throws TypeError, RangeError for options that are unknown or out of range */
export const readEncoderOptions = (options: EncoderOptions | undefined) =>
  readOptions("EncoderOptions", options, checks);
