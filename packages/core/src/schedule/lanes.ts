/** Live backends: made once per Decoder or Encoder, on first use of their codec, and grouped by the device they keep busy. */
import type { BackendKind } from "../enums.js";
import { type BackendOptions, checkBackendOptions, completeBackendOptions } from "../params/backend-options.js";
import type { BackendSelection } from "../params/backends.js";
import type { Backend, Outcome } from "../plugin.js";
import { runtime } from "../runtime/load-addon.js";
import { openNative } from "../runtime/native-backend.js";
import type { Share } from "./division.js";
import { type Lane, laneOf } from "./lane.js";
import { Speed } from "./speed.js";
import { GroupStats, type SchedulerStats } from "./stats.js";

type AnyBackend<Task> = Backend<Task, Outcome>;

/** What can become of a registered backend on this machine, with the reason if it is off. */
export interface BackendReport {
  readonly id: string;
  readonly codec: string;
  readonly kind: BackendKind;
  readonly priority: number;
  readonly available: boolean;
  readonly reason?: string;
  /** What it keeps busy, if that is a CUDA device: `gpu:0`, `gpu:0.jpeg` (hardware engines). */
  readonly device?: string;
  /** The libraries it is made of, with their versions, if it is native and available: `libjpeg-turbo 2.1.5`. */
  readonly libraries?: string;
}

/** The lanes of one codec on one device, in priority order. */
export interface Group<Task> {
  /** What can be busy: `cpu`, `gpu:0`, `gpu:0.jpeg` (hardware engines). */
  readonly device: string;
  /** How many samples the device works on at a time. */
  readonly slots: number;
  /** How many chunks it may have in flight. Default 2: one runs while the next is on its way. */
  readonly maxInFlight?: number;
  readonly lanes: readonly Lane<Task>[];
  readonly share: Share;
  readonly stats: GroupStats;
}

/** One codec's backends, live or with the reason why not. */
interface Opened<Task> {
  readonly backends: readonly {
    readonly backend: AnyBackend<Task>;
    readonly device: string;
    readonly lane?: Lane<Task>;
    readonly reason?: string;
  }[];
  readonly groups: readonly Group<Task>[];
}

export class Lanes<Task> {
  readonly #opened = new Map<string, Opened<Task>>();
  readonly #backends: () => readonly AnyBackend<Task>[];
  readonly #selection: readonly BackendSelection[];
  readonly #options: BackendOptions;
  readonly #cpuSlots: () => number;
  readonly #deviceIds: readonly number[];
  #users = 0;
  #closed = false;

  /**
   * `backends` are asked for anew for each codec not seen yet, so that extensions may be registered late. `cpuSlots`:
   * how many threads the CPU has for this Decoder, asked for when a CPU backend comes to life. `deviceIds`: the CUDA devices,
   * on each of which every backend for devices comes to life.
   */
  constructor(
    backends: () => readonly AnyBackend<Task>[],
    selection: readonly BackendSelection[],
    options: BackendOptions,
    cpuSlots: () => number,
    deviceIds: readonly number[] = [0],
  ) {
    this.#backends = backends;
    this.#selection = selection;
    this.#options = options;
    this.#cpuSlots = cpuSlots;
    this.#deviceIds = deviceIds;
    checkBackendOptions(options, backends());
  }

  /** The device groups of a codec that have a live lane, in order of their first lane's priority. */
  groupsOf(codec: string): readonly Group<Task>[] {
    const { groups } = this.#open(codec);
    if (groups.every(({ lanes }) => lanes.every(isOn))) return groups;
    return groups
      .map((group) => ({ ...group, lanes: group.lanes.filter(isOn) }))
      .filter(({ lanes }) => lanes.length > 0);
  }

  /** Why a codec has no lane. */
  whyNone(codec: string): string {
    const { backends } = this.#open(codec);
    if (backends.length === 0) return `no backend is registered for ${codec}`;
    return `no backend for ${codec} is available: ${backends.map(({ backend, lane, reason }) => `${backend.id}: ${reason ?? lane?.off ?? (lane?.isHung ? "has not returned from an earlier call" : "refused")}`).join("; ")}`;
  }

  /** Every registered backend; brings those not yet used to life. */
  reports(): readonly BackendReport[] {
    const codecs = new Set(this.#backends().map(({ codec }) => codec));
    return [...codecs].flatMap((codec) =>
      this.#open(codec).backends.map(({ backend, device, lane, reason }) => ({
        id: backend.id,
        codec,
        kind: backend.kind,
        priority: backend.priority ?? 300,
        available: lane !== undefined && lane.off === undefined,
        ...reasonOf(reason ?? lane?.off),
        ...(device === "cpu" ? {} : { device }),
        ...librariesOf(lane?.instance),
      })),
    );
  }

  /** What every live lane and device has done so far. */
  stats(): SchedulerStats {
    return {
      devices: [...this.#opened].flatMap(([codec, { groups }]) =>
        groups.map(({ device, slots, lanes, share, stats }) => ({
          codec,
          device,
          slots,
          busyMs: stats.busyMs,
          idleMs: stats.idleMs,
          policy: share.policy,
          loadHint: share.loadHint,
          measuredShare: measuredShare(groups, share),
          lanes: lanes.map((lane) => lane.stats.report(lane.id)),
        })),
      ),
    };
  }

  /** Keeps the lanes alive until `work` has settled, whatever becomes of its caller. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    this.#users++;
    try {
      return await work();
    } finally {
      this.#users--;
      this.#disposeIfUnused();
    }
  }

  /** Lets go of the live backends once nothing runs on them. */
  close(): void {
    this.#closed = true;
    this.#disposeIfUnused();
  }

  get isClosed(): boolean {
    return this.#closed;
  }

  #disposeIfUnused(): void {
    if (!this.#closed || this.#users > 0) return;
    for (const { backends } of this.#opened.values()) for (const { lane } of backends) lane?.instance.dispose?.();
    this.#opened.clear();
  }

  #open(codec: string): Opened<Task> {
    let opened = this.#opened.get(codec);
    if (!opened) {
      const registered = this.#backends().filter((backend) => backend.codec === codec);
      const backends = registered.flatMap((backend) => {
        const isShortcut = registered.some(({ id, kind }) => id === backend.shortcutFor && kind === backend.kind);
        const devices = backend.kind === "CPU_ONLY" ? [undefined] : this.#deviceIds;
        return devices.map((deviceId) => this.#bringToLife(backend, isShortcut, deviceId));
      });
      opened = { backends, groups: this.#group(backends) };
      if (backends.length > 0) this.#opened.set(codec, opened);
    }
    return opened;
  }

  /** `deviceId`: of the CUDA device, for a backend that works on one. */
  #bringToLife(
    backend: AnyBackend<Task>,
    isShortcut: boolean,
    deviceId: number | undefined,
  ): Opened<Task>["backends"][number] {
    const device = deviceOf(backend.kind, backend.codec, deviceId);
    if (!this.#selection.some(({ kind }) => kind === backend.kind)) {
      return {
        backend,
        device,
        reason: `kind ${backend.kind} is not among the allowed ${this.#selection.map(({ kind }) => kind).join(", ")}`,
      };
    }
    const addressee = isShortcut ? backend.shortcutFor! : backend.id;
    const options = completeBackendOptions(backend, this.#options[addressee]);
    try {
      const instance = backend.create({
        options,
        ...(deviceId === undefined ? {} : { deviceId }),
        openNative: (path, id, direction, accepts) =>
          openNative(path, id, direction, accepts, options, deviceId) as never,
      });
      // Attempts are told apart by the lane's name: what failed on one device may succeed on another.
      const name =
        deviceId === undefined || deviceId === this.#deviceIds[0] ? backend.id : `${backend.id}@gpu:${deviceId}`;
      return { backend, device, lane: laneOf(name, instance, isShortcut) };
    } catch (error) {
      return { backend, device, reason: error instanceof Error ? error.message : String(error) };
    }
  }

  #group(backends: Opened<Task>["backends"]): Group<Task>[] {
    const groups = new Map<string, { lanes: Lane<Task>[]; selection: BackendSelection; isCpu: boolean }>();
    for (const { backend, device, lane } of backends) {
      if (!lane) continue;
      const group = groups.get(device);
      if (group) group.lanes.push(lane);
      else
        groups.set(device, {
          lanes: [lane],
          selection: this.#selection.find(({ kind }) => kind === backend.kind)!,
          isCpu: device === "cpu",
        });
    }
    return [...groups].map(([device, { lanes, selection, isCpu }]) => {
      const isNative = lanes.some(({ instance }) => instance.concurrency === Infinity);
      const slots = isCpu && isNative ? this.#cpuSlots() : 1;
      // The runtime limits the threads of a chunk: two at a time would have twice as many as the user allows.
      const isLimited = isCpu && isNative && slots < runtime().stats().threads;
      return {
        device,
        slots,
        ...(isLimited ? { maxInFlight: 1 } : {}),
        lanes,
        stats: new GroupStats(),
        share: {
          policy: selection.loadHintPolicy,
          loadHint: selection.loadHint,
          // Asked for each time: a device may be known only after its first work.
          get miniBatch() {
            return Math.max(1, ...lanes.map(({ instance }) => instance.miniBatch ?? 1));
          },
          speed: new Speed(),
        },
      };
    });
  }
}

/** The device that a kind of backend keeps busy. */
function deviceOf(kind: BackendKind, codec: string, deviceId = 0): string {
  if (kind === "CPU_ONLY") return "cpu";
  return kind === "HW_GPU_ONLY" ? `gpu:${deviceId}.${codec}` : `gpu:${deviceId}`;
}

/** The part of the work that a group would do if all finish together; undefined until every speed is known. */
function measuredShare(groups: readonly { readonly share: Share }[], share: Share): number | undefined {
  const all = groups.reduce((sum, group) => sum + group.share.speed.perMs, 0);
  return groups.every((group) => group.share.speed.isKnown) && all > 0 ? share.speed.perMs / all : undefined;
}

const isOn = ({ isHung, off }: { readonly isHung: boolean; readonly off: string | undefined }) =>
  !isHung && off === undefined;

const reasonOf = (reason: string | undefined): { reason?: string } => (reason === undefined ? {} : { reason });

function librariesOf(instance: object | undefined): { libraries?: string } {
  const { libraries } = (instance ?? {}) as { libraries?: string };
  return libraries ? { libraries } : {};
}
