/** From what a file holds and what was asked of it to the exact memory layout to produce. Pure, but for taking memory on demand. */
import type { Source } from "../code-stream/source.js";
import type { CodeStreamView } from "../code-stream/view.js";
import {
  BYTES_PER_ELEMENT,
  type ColorSpec,
  channelsOf,
  isPlanar,
  type SampleFormat,
  type TruncationPolicy,
} from "../enums.js";
import { layoutInReused } from "../image/buffer.js";
import { fill } from "../image/fill.js";
import { type Image, internals } from "../image/image.js";
import { byteLength, tightLayout } from "../image/layout.js";
import { orientedSize, type Transform, toStored } from "../image/transform.js";
import { checkDecodedBytes, checkEncodedBytes, checkInfo } from "../limits.js";
import type { DecodeParams } from "../params/decode-params.js";
import type { CodeStreamInfo, DecodeTask, ImageInfo, Rectangle } from "../plugin.js";
import { runtime } from "../runtime/load-addon.js";

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

  /** The image's memory if it exists already: reused, or asked for in V8's. */
  get given(): Uint8Array | undefined {
    if (this.reuse) return internals.memory(this.reuse);
    if (this.params.memory === "transferable") this.#memory ??= new Uint8Array(byteLength(this.target));
    return this.#memory;
  }

  /** The image's memory, taken now if need be; for backends in TypeScript. */
  memory(): Uint8Array {
    const memory = this.given ?? (this.#memory = new Uint8Array(runtime().allocate(byteLength(this.target))));
    if (this.outOfBounds && !this.#isFilled) fill(this.target, memory, this.outOfBounds.samples);
    this.#isFilled = true;
    return memory;
  }

  get pixels(): Uint8Array {
    if (this.transform) return (this.#scratch ??= new Uint8Array(byteLength(this.output)));
    return this.memory().subarray(this.targetOffset);
  }

  /** Does the region lie wholly outside of the picture, so that there is nothing to decode? */
  get isEmpty(): boolean {
    return this.final.width === 0;
  }

  /** The same task with memory of its own; `undefined` if its memory is an image of the user's. */
  renewed(): PlannedDecode | undefined {
    if (this.reuse) return undefined;
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
    );
  }

  /** The same sample as a plainer task. */
  plainer(changes: {
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
      this.scale,
      changes.region,
      changes.orientation,
      changes.output,
      this.target,
      this.targetOffset,
      this.final,
      this.outOfBounds,
      changes.transform,
      this.reuse,
    );
  }
}

/** Plans one sample. Throws `CodecError("LIMIT_EXCEEDED")` before any memory is taken. */
export function planDecode(
  source: Source,
  info: CodeStreamInfo,
  view: CodeStreamView | undefined,
  params: DecodeParams,
  reuse: Image | undefined,
): PlannedDecode {
  const { limits, scale } = params;
  checkInfo(info, limits);
  checkEncodedBytes(source.size, limits);
  const storedWidth = Math.ceil(info.width / scale);
  const storedHeight = Math.ceil(info.height / scale);
  const orientation = params.applyExifOrientation ? info.orientation : 1;
  const [width, height] = orientedSize(storedWidth, storedHeight, orientation);
  const [sampleFormat, colorSpec, channels] = outputFormat(info, params);
  const dtype = params.allowAnyDepth ? info.dtype : "uint8";
  const precision = params.allowAnyDepth ? info.precision : 8;

  const wanted = params.region ?? view?.region;
  const asked = wanted ? scaled(wanted, scale) : undefined;
  const shown = asked ? clip(asked, width, height) : undefined;
  const fresh = asked
    ? tightLayout(
        asked.end[1] - asked.start[1],
        asked.end[0] - asked.start[0],
        channels,
        dtype,
        precision,
        sampleFormat,
        colorSpec,
      )
    : tightLayout(width, height, channels, dtype, precision, sampleFormat, colorSpec);
  checkDecodedBytes(byteLength(fresh), limits);
  const target = reuse ? layoutInReused(reuse, fresh) : fresh;

  if (asked && !shown) {
    const nothing = { ...target, width: 0, height: 0 };
    return new PlannedDecode(
      source,
      info,
      view?.imageIdx ?? 0,
      params,
      scale,
      undefined,
      1,
      nothing,
      target,
      0,
      nothing,
      { samples: wanted!.outOfBoundsSamples ?? [0] },
      undefined,
      reuse,
    );
  }
  if (!asked || !shown) {
    return new PlannedDecode(
      source,
      info,
      view?.imageIdx ?? 0,
      params,
      scale,
      undefined,
      orientation,
      target,
      target,
      0,
      target,
      undefined,
      undefined,
      reuse,
    );
  }
  const whole =
    shown.start[0] === asked.start[0] &&
    shown.start[1] === asked.start[1] &&
    shown.end[0] === asked.end[0] &&
    shown.end[1] === asked.end[1];
  const final = whole
    ? target
    : { ...target, width: shown.end[1] - shown.start[1], height: shown.end[0] - shown.start[0] };
  const pixelBytes = BYTES_PER_ELEMENT[dtype] * (isPlanar(sampleFormat) ? 1 : channels);
  const offset = (shown.start[0] - asked.start[0]) * target.rowStride + (shown.start[1] - asked.start[1]) * pixelBytes;
  return new PlannedDecode(
    source,
    info,
    view?.imageIdx ?? 0,
    params,
    scale,
    toStored(shown, storedWidth, storedHeight, orientation),
    orientation,
    final,
    target,
    offset,
    final,
    whole ? undefined : { samples: wanted!.outOfBoundsSamples ?? [0] },
    undefined,
    reuse,
  );
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

/** Channel order, meaning and number of channels of the result. */
function outputFormat(
  info: CodeStreamInfo,
  { colorSpec, sampleFormat }: DecodeParams,
): [SampleFormat, ColorSpec, number] {
  if (colorSpec !== "UNCHANGED") {
    const format = sampleFormat ?? (colorSpec === "GRAY" ? "I_Y" : colorSpec === "SYCC" ? "I_YUV" : "I_RGB");
    return [format, colorSpec, channelsOf(format) ?? info.channels];
  }
  const [format, color] = unchanged(info);
  return [sampleFormat === "P_UNCHANGED" && info.channels > 1 ? planar(format) : format, color, info.channels];
}

/** As many channels as the file has. YCbCr is how the file codes RGB, so it comes out as RGB. */
export function unchanged({ channels, colorSpec }: CodeStreamInfo): [SampleFormat, ColorSpec] {
  if (colorSpec === "CMYK" || colorSpec === "YCCK") return ["I_UNCHANGED", "CMYK"];
  switch (channels) {
    case 1:
      return ["I_Y", "GRAY"];
    case 2:
      return ["I_YA", "GRAY"];
    case 3:
      return ["I_RGB", "SRGB"];
    case 4:
      return ["I_RGBA", "SRGB"];
    default:
      return ["I_UNCHANGED", colorSpec];
  }
}

function planar(format: SampleFormat): SampleFormat {
  return `P_${format.slice(2)}` as SampleFormat;
}
