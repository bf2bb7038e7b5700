/** Live backends: made once per Decoder or Encoder, on first use of their codec, in order of priority. */
import { BACKEND_KINDS, type BackendKind } from "../enums.js";
import { ArgumentTypeError } from "../errors.js";
import { nearest, unknownOption } from "../params/options.js";
import type { Backend, BackendInstance, Outcome } from "../plugin.js";
import { openNative } from "../runtime/native-backend.js";

type AnyBackend<Task> = Backend<Task, Outcome>;
type OptionValues = Readonly<Record<string, boolean | number | string>>;
/** Options of backends, by backend id. */
export type BackendOptions = Readonly<Record<string, OptionValues>>;

/** What can become of a registered backend on this machine, with the reason if it is off. */
export interface BackendReport {
  readonly id: string;
  readonly codec: string;
  readonly kind: BackendKind;
  readonly priority: number;
  readonly available: boolean;
  readonly reason?: string;
  /** The libraries it is made of, with their versions, if it is native and available: `libjpeg-turbo 2.1.5`. */
  readonly libraries?: string;
}

/** One live backend, as the scheduler sees it. */
export interface Lane<Task> {
  readonly id: string;
  readonly instance: BackendInstance<Task, Outcome>;
  /** Resolves when the `run`s before this one leave room for it. */
  enter(): Promise<void>;
  leave(): void;
}

interface Slot<Task> {
  readonly backend: AnyBackend<Task>;
  lane?: Lane<Task>;
  reason?: string;
}

export class Lanes<Task> {
  readonly #slots = new Map<string, Slot<Task>[]>();
  readonly #backends: () => readonly AnyBackend<Task>[];
  readonly #kinds: readonly BackendKind[];
  readonly #options: BackendOptions;
  #users = 0;
  #closed = false;

  /** `backends` are asked for anew for each codec not seen yet, so that extensions may be registered late. */
  constructor(backends: () => readonly AnyBackend<Task>[], kinds: readonly BackendKind[], options: BackendOptions) {
    this.#backends = backends;
    this.#kinds = kinds;
    this.#options = options;
    checkAddresses(options, backends());
  }

  /** The live lanes of a codec, first choice first. */
  of(codec: string): readonly Lane<Task>[] {
    return this.#slotsOf(codec).flatMap(({ lane }) => lane ?? []);
  }

  /** Why a codec has no lane. */
  whyNone(codec: string): string {
    const slots = this.#slotsOf(codec);
    if (slots.length === 0) return `no backend is registered for ${codec}`;
    return `no backend for ${codec} is available: ${slots.map(({ backend, reason }) => `${backend.id}: ${reason}`).join("; ")}`;
  }

  /** Every registered backend; brings those not yet used to life. */
  reports(): readonly BackendReport[] {
    const codecs = new Set(this.#backends().map(({ codec }) => codec));
    return [...codecs].flatMap((codec) =>
      this.#slotsOf(codec).map(({ backend, lane, reason }) => ({
        id: backend.id,
        codec,
        kind: backend.kind,
        priority: backend.priority ?? 300,
        available: lane !== undefined,
        ...(reason === undefined ? {} : { reason }),
        ...librariesOf(lane?.instance),
      })),
    );
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
    for (const slots of this.#slots.values()) for (const { lane } of slots) lane?.instance.dispose?.();
    this.#slots.clear();
  }

  #slotsOf(codec: string): readonly Slot<Task>[] {
    let slots = this.#slots.get(codec);
    if (!slots) {
      slots = this.#backends()
        .filter((backend) => backend.codec === codec)
        .map((backend) => this.#open(backend));
      if (slots.length > 0) this.#slots.set(codec, slots);
    }
    return slots;
  }

  #open(backend: AnyBackend<Task>): Slot<Task> {
    if (!this.#kinds.includes(backend.kind))
      return { backend, reason: `kind ${backend.kind} is not among the allowed ${this.#kinds.join(", ")}` };
    const options = completeOptions(backend, this.#options[backend.id]);
    try {
      const instance = backend.create({
        options,
        openNative: (path, id, direction, accepts) => openNative(path, id, direction, accepts, options) as never,
      });
      return { backend, lane: laneOf(backend.id, instance) };
    } catch (error) {
      return { backend, reason: error instanceof Error ? error.message : String(error) };
    }
  }
}

/** A lane lets `concurrency` runs in at a time; the others wait in line. */
function laneOf<Task>(id: string, instance: BackendInstance<Task, Outcome>): Lane<Task> {
  let free = instance.concurrency ?? 1;
  const waiting: (() => void)[] = [];
  return {
    id,
    instance,
    enter() {
      if (free > 0) {
        free--;
        return Promise.resolve();
      }
      return new Promise((resolve) => {
        waiting.push(resolve);
      });
    },
    leave() {
      const next = waiting.shift();
      if (next) next();
      else free++;
    },
  };
}

function checkAddresses<Task>(options: BackendOptions, backends: readonly AnyBackend<Task>[]): void {
  for (const [id, values] of Object.entries(options)) {
    const backend = backends.find((b) => b.id === id);
    if (!backend)
      throw unknownOption(
        "options",
        id,
        backends.map((b) => b.id),
      );
    completeOptions(backend, values);
  }
}

function completeOptions<Task>(backend: AnyBackend<Task>, given: OptionValues = {}): OptionValues {
  const known = backend.options ?? {};
  for (const [name, value] of Object.entries(given)) {
    if (!Object.hasOwn(known, name))
      throw unknownOption(`options[${JSON.stringify(backend.id)}]`, name, Object.keys(known));
    if (typeof value !== typeof known[name]) {
      throw new ArgumentTypeError(
        `options[${JSON.stringify(backend.id)}].${name}: expected a ${typeof known[name]}, got ${JSON.stringify(value)}`,
      );
    }
  }
  return Object.freeze({ ...known, ...given });
}

/** The kinds a Decoder or Encoder may use: all of them, unless told. */
export function readKinds(value: unknown): readonly BackendKind[] {
  if (value === undefined) return BACKEND_KINDS;
  if (!Array.isArray(value)) throw new ArgumentTypeError("backends: expected an array of { kind }");
  return value.map((element: unknown, i) => {
    const kind = typeof element === "string" ? element : (element as { kind?: unknown } | null)?.kind;
    if (!BACKEND_KINDS.includes(kind as BackendKind)) {
      const hint = nearest(String(kind), BACKEND_KINDS);
      throw new ArgumentTypeError(
        `backends[${i}].kind: expected one of ${BACKEND_KINDS.join(", ")}${hint ? `; did you mean ${hint}?` : ""}`,
      );
    }
    return kind as BackendKind;
  });
}

function librariesOf(instance: object | undefined): { libraries?: string } {
  const { libraries } = (instance ?? {}) as { libraries?: string };
  return libraries ? { libraries } : {};
}
