/** From what a file holds and what was asked of it to the exact memory layout to produce. Pure, but for taking memory on demand. */
import type { Source } from "../code-stream/source.js";
import type { CodeStreamView } from "../code-stream/view.js";
import { BYTES_PER_ELEMENT, isPlanar, type TruncationPolicy } from "../enums.js";
import { layoutInReused } from "../image/buffer.js";
import { fill } from "../image/fill.js";
import type { Image } from "../image/image.js";
import { internals } from "../image/internals.js";
import { byteLength } from "../image/layout.js";
import { type PlacedSlot, scaleFor, TENSOR_SLACK, type TensorSlot } from "../image/tensor-slot.js";
import { AS_IT_IS, orientedSize, type Transform, toStored } from "../image/transform.js";
import { checkDecodedBytes, checkEncodedBytes, checkInfo } from "../limits.js";
import type { DecodeParams } from "../params/decode-params.js";
import type { CodeStreamInfo, DecodeTask, ImageInfo, Rectangle } from "../plugin.js";
import { runtime } from "../runtime/load-addon.js";
import type { DeviceHandle } from "../runtime/runtime.js";
import { blendsAlpha, layoutOf, withAlpha } from "./output-format.js";

/** A region that reaches past the edges: what is outside has these values. */
export interface OutOfBounds {
  readonly samples: readonly number[];
}

/** One sample, ready to be offered to backends. */
export class PlannedDecode implements DecodeTask {
  /** Set by core before a backend in TypeScript runs; native backends read files themselves. */
  loaded: Uint8Array | undefined;
  #memory: Uint8Array | undefined;
  #scratch: Uint8Array | undefined;
  #isFilled = false;

  constructor(
    readonly source: Source,
    readonly info: CodeStreamInfo,
    readonly imageIdx: number,
    readonly params: DecodeParams,
    readonly scale: 1 | 2 | 4 | 8,
    readonly region: Rectangle | undefined,
    readonly orientation: number,
    /** What the backend produces. */
    readonly output: ImageInfo,
    /** The image the user gets: its layout, and where in it `final` begins. */
    readonly target: ImageInfo,
    readonly targetOffset: number,
    /** The part of the target that has a picture in it; all of it unless the region is out of bounds. */
    readonly final: ImageInfo,
    readonly outOfBounds: OutOfBounds | undefined,
    /** Set on a relaxed task: what core does to turn `output` into `final`. */
    readonly transform: Transform | undefined,
    readonly reuse: Image | undefined,
    /** Set when the user gets no image: `target` is a picture on its way into a tensor. */
    readonly slot: PlacedSlot | undefined,
  ) {}

  get onTruncated(): TruncationPolicy {
    return this.params.onTruncated;
  }
  get maxScans(): number {
    return this.params.limits.maxScans;
  }
  get maxScanPixels(): number {
    return this.params.limits.maxScanPixels;
  }

  get bytes(): Uint8Array {
    const bytes = this.source.bytes ?? this.loaded;
    if (!bytes) throw new Error("the bytes of a file are read when the backend runs");
    return bytes;
  }

  /** The memory that the user gets, if it exists already: a tensor's, an image's to reuse, or asked for in V8's. */
  get given(): Uint8Array | DeviceHandle | undefined {
    if (this.slot) return this.slot.memory;
    if (this.reuse) return internals.deviceMemory(this.reuse)?.handle ?? internals.memory(this.reuse);
    if (this.params.bufferKind === "STRIDED_DEVICE") return undefined;
    if (this.params.memory === "transferable") this.#memory ??= new Uint8Array(byteLength(this.target));
    return this.#memory;
  }

  /** The CUDA device that the pixels are to be on, for a backend of a device or of the host. */
  deviceFor(backendDeviceId: number | undefined): number | undefined {
    if (this.slot) return undefined;
    if (this.reuse) return this.reuse.deviceId;
    if (this.params.bufferKind === "STRIDED_HOST") return undefined;
    return this.params.deviceId ?? backendDeviceId ?? this.params.defaultDeviceId;
  }

  /**
   * The image's memory, taken now if need be; for backends in TypeScript. What becomes pixels on a device lies in the host's
   * memory meanwhile.
   */
  memory(): Uint8Array {
    const memory = this.slot
      ? this.#picture()
      : (this.#hostMemory() ?? (this.#memory = this.#fresh(byteLength(this.target))));
    if (this.outOfBounds && !this.#isFilled) fill(this.target, memory, this.outOfBounds.samples);
    this.#isFilled = true;
    return memory;
  }

  #hostMemory(): Uint8Array | undefined {
    const { given } = this;
    return given instanceof Uint8Array ? given : this.#memory;
  }

  #picture(): Uint8Array {
    this.#memory ??= this.#fresh(byteLength(this.target) + TENSOR_SLACK);
    return this.#memory;
  }

  #fresh(bytes: number): Uint8Array {
    return new Uint8Array(runtime().allocate(bytes));
  }

  get pixels(): Uint8Array {
    if (this.transform) return (this.#scratch ??= new Uint8Array(byteLength(this.output)));
    return this.memory().subarray(this.targetOffset);
  }

  /** Does the region lie wholly outside of the picture, so that there is nothing to decode? */
  get isEmpty(): boolean {
    return this.final.width === 0;
  }

  /** The same task with memory of its own; `undefined` if its memory is an image of the user's, or part of a tensor. */
  renewed(): PlannedDecode | undefined {
    if (this.reuse || this.slot) return undefined;
    return new PlannedDecode(
      this.source,
      this.info,
      this.imageIdx,
      this.params,
      this.scale,
      this.region,
      this.orientation,
      this.output,
      this.target,
      this.targetOffset,
      this.final,
      this.outOfBounds,
      this.transform,
      undefined,
      undefined,
    );
  }

  /** The same sample as a plainer task. */
  plainer(changes: {
    scale: 1 | 2 | 4 | 8;
    region?: Rectangle | undefined;
    orientation: number;
    output: ImageInfo;
    transform: Transform;
  }): PlannedDecode {
    return new PlannedDecode(
      this.source,
      this.info,
      this.imageIdx,
      this.params,
      changes.scale,
      changes.region,
      changes.orientation,
      changes.output,
      this.target,
      this.targetOffset,
      this.final,
      this.outOfBounds,
      changes.transform,
      this.reuse,
      this.slot,
    );
  }
}

/**
 * Plans one sample. Throws `CodecError("LIMIT_EXCEEDED")` before any memory is taken, and
 * `CodecError("SAMPLE_TYPE_UNSUPPORTED")` for samples whose alpha cannot be blended.
 */
export function planDecode(
  source: Source,
  info: CodeStreamInfo,
  view: CodeStreamView | undefined,
  params: DecodeParams,
  reuse: Image | undefined,
  tensor?: TensorSlot,
): PlannedDecode {
  const { limits } = params;
  checkInfo(info, limits);
  checkEncodedBytes(source.size, limits);
  const orientation = params.applyExifOrientation ? info.orientation : 1;
  const wanted = params.region ?? view?.region;
  const slot = tensor && placed(tensor, wanted, orientedSize(info.width, info.height, orientation));
  const scale = slot ? slot.scale : params.scale;

  const storedWidth = Math.ceil(info.width / scale);
  const storedHeight = Math.ceil(info.height / scale);
  const [width, height] = orientedSize(storedWidth, storedHeight, orientation);
  const asked = wanted ? scaled(wanted, scale) : undefined;
  const shown = asked ? clip(asked, width, height) : undefined;
  const fresh = layoutOf(asked ? sizeOf(asked) : [width, height], info, params);
  checkDecodedBytes(byteLength(fresh), limits);
  const target = reuse ? layoutInReused(reuse, fresh) : fresh;

  const planned = (
    region: Rectangle | undefined,
    final: ImageInfo,
    targetOffset: number,
    outside: OutOfBounds | undefined,
  ) => {
    const background = final.width > 0 && blendsAlpha(info, params) ? params.background : undefined;
    const output = background ? withAlpha(final, info) : final;
    return new PlannedDecode(
      source,
      info,
      view?.imageIdx ?? 0,
      params,
      scale,
      region,
      final.width > 0 ? orientation : 1,
      output,
      target,
      targetOffset,
      final,
      outside,
      background ? { ...AS_IT_IS, background } : undefined,
      reuse,
      slot,
    );
  };
  if (!wanted || !asked) return planned(undefined, target, 0, undefined);
  const outside = { samples: wanted.outOfBoundsSamples ?? [0] };
  if (!shown) return planned(undefined, { ...target, width: 0, height: 0 }, 0, outside);
  const isWhole = sizeOf(shown).every((side, axis) => side === sizeOf(asked)[axis]);
  const [shownWidth, shownHeight] = sizeOf(shown);
  const final = isWhole ? target : { ...target, width: shownWidth, height: shownHeight };
  const pixelBytes = BYTES_PER_ELEMENT[final.dtype] * (isPlanar(final.sampleFormat) ? 1 : final.channels);
  const offset = (shown.start[0] - asked.start[0]) * target.rowStride + (shown.start[1] - asked.start[1]) * pixelBytes;
  const region = toStored(shown, storedWidth, storedHeight, orientation);
  return planned(region, final, offset, isWhole ? undefined : outside);
}

/** Where the picture, or the region of it, goes; and the scale to decode it at. */
function placed(
  { spec, memory }: TensorSlot,
  region: Rectangle | undefined,
  shown: readonly [width: number, height: number],
): PlacedSlot & { readonly scale: 1 | 2 | 4 | 8 } {
  const [width, height] = region ? sizeOf(region) : shown;
  const placement = spec.place(width, height);
  return { spec, memory, placement, width, height, scale: spec.shrinkOnLoad ? scaleFor(placement, width, height) : 1 };
}

function sizeOf({ start, end }: Rectangle): readonly [width: number, height: number] {
  return [end[1] - start[1], end[0] - start[0]];
}

/** The region in the scaled picture, widened to whole pixels. */
function scaled({ start, end }: Rectangle, scale: number): Rectangle {
  return {
    start: [Math.floor(start[0] / scale), Math.floor(start[1] / scale)],
    end: [Math.ceil(end[0] / scale), Math.ceil(end[1] / scale)],
  };
}

function clip({ start, end }: Rectangle, width: number, height: number): Rectangle | undefined {
  const y0 = Math.max(0, start[0]);
  const x0 = Math.max(0, start[1]);
  const y1 = Math.min(height, end[0]);
  const x1 = Math.min(width, end[1]);
  return y0 < y1 && x0 < x1 ? { start: [y0, x0], end: [y1, x1] } : undefined;
}
