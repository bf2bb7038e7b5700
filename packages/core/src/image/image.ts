/** Pixels with a layout, in memory that can be given back early, reused, or moved to another thread. */
import {
  type BufferKind,
  BYTES_PER_ELEMENT,
  type ColorSpec,
  isPlanar,
  type SampleDataType,
  type SampleFormat,
} from "../enums.js";
import { PolycodecError } from "../errors.js";
import { checkDevice, readDeviceId } from "../params/device-params.js";
import { asObject } from "../params/options.js";
import type { ImageInfo } from "../plugin.js";
import { runtime } from "../runtime/load-addon.js";
import { type CudaArrayInterface, cudaArrayOf, layoutOfCudaArray } from "./cuda-array.js";
import { type CopyOptions, copied, DeviceMemory, readCopyOptions } from "./device-memory.js";
import { type Memory, type Release, setInternals } from "./internals.js";
import { byteLength, isTight, packRows } from "./layout.js";
import { ARRAYS, type ImageLayoutOptions, readLayout, type TypedArray } from "./read-layout.js";
import { SlabMemory } from "./slab-memory.js";

export class Image implements ImageInfo {
  #info: ImageInfo;
  #memory: Memory | undefined;
  #inverted: boolean;
  #warnings: readonly string[];
  readonly #release: Release | undefined;
  #busy = false;
  /** Encoders and copies that read the pixels at this time. */
  #readers = 0;
  /** Memory that was released while one read it. */
  #released: Memory | undefined;

  private constructor(
    info: ImageInfo,
    memory: Memory,
    inverted: boolean,
    warnings: readonly string[],
    release?: Release,
  ) {
    this.#info = info;
    this.#memory = memory;
    this.#inverted = inverted;
    this.#warnings = warnings;
    this.#release = release;
  }

  static {
    setInternals({
      create: (info, memory, inverted, warnings, release) => new Image(info, memory, inverted, warnings, release),
      memory: (image) => image.#held(),
      deviceMemory: (image) => (image.#memory instanceof DeviceMemory ? image.#memory : undefined),
      capacity: (image) => image.#any().byteLength,
      setBusy: (image, busy) => {
        image.#busy = busy;
      },
      isBusy: (image) => image.#busy,
      native: (image) => {
        const memory = image.#any();
        return memory instanceof Uint8Array ? image.bytes : memory.handle;
      },
      hold: (image) => {
        image.#readers++;
      },
      letGo: (image) => {
        if (--image.#readers === 0) image.#giveBack();
      },
      isHeld: (image) => image.#readers > 0,
      relayout: (image, info, inverted, warnings) => {
        image.#info = info;
        image.#inverted = inverted;
        image.#warnings = warnings;
      },
    });
  }

  /**
   * An image over the user's own memory, which is not copied: writing to one writes to the other.
   *
   * @throws TypeError, RangeError when the memory is too small or the layout contradicts itself
   */
  static from(data: TypedArray | ArrayBuffer, layout: ImageLayoutOptions): Image {
    const { info, bytes, inverted } = readLayout(data, layout);
    return new Image(info, bytes, inverted, []);
  }

  /**
   * An image over memory of a CUDA device that is the user's own, as `__cuda_array_interface__` describes it: (height, width),
   * (height, width, channels), or with `{ planar: true }` (channels, height, width). Not copied; the described object is kept
   * alive. Its work on the memory must be done, or be on the stream that is given to `encode`.
   *
   * @throws TypeError for what is no image, ERR_POLYCODEC_DEVICE when the address is not in a device's memory
   */
  static fromCudaArray(array: CudaArrayInterface, options?: { readonly planar?: boolean }): Image {
    const described = asObject(array, "array") as unknown as CudaArrayInterface;
    const info = layoutOfCudaArray(described, options?.planar === true);
    try {
      const handle = runtime().wrapDevice(described.data[0], byteLength(info));
      return new Image(info, new DeviceMemory(handle, array), false, []);
    } catch (cause) {
      throw new PolycodecError("ERR_POLYCODEC_DEVICE", `array.data: ${(cause as Error).message}`, { cause });
    }
  }

  /** Pixels. */
  get width(): number {
    return this.#info.width;
  }
  get height(): number {
    return this.#info.height;
  }
  get channels(): number {
    return this.#info.channels;
  }
  get dtype(): SampleDataType {
    return this.#info.dtype;
  }
  /** Significant bits of an element. */
  get precision(): number {
    return this.#info.precision;
  }
  get sampleFormat(): SampleFormat {
    return this.#info.sampleFormat;
  }
  get colorSpec(): ColorSpec {
    return this.#info.colorSpec;
  }
  /** Bytes from row to row, and from plane to plane (0 when interleaved). */
  get rowStride(): number {
    return this.#info.rowStride;
  }
  get planeStride(): number {
    return this.#info.planeStride;
  }
  /** Are the CMYK samples stored inverted (0 is full ink)? */
  get inverted(): boolean {
    return this.#inverted;
  }
  /** What the backend had to say about a picture that it could decode all the same. */
  get warnings(): readonly string[] {
    return this.#warnings;
  }
  /** `[height, width, channels]`, or `[channels, height, width]` when planar. */
  get shape(): readonly [number, number, number] {
    const { width, height, channels, sampleFormat } = this.#info;
    return isPlanar(sampleFormat) ? [channels, height, width] : [height, width, channels];
  }
  /** The layout alone. */
  get info(): ImageInfo {
    return this.#info;
  }
  /** Has the memory been given back? */
  get isReleased(): boolean {
    const memory = this.#memory;
    if (memory instanceof DeviceMemory) return memory.isReleased;
    return memory === undefined || (memory instanceof Uint8Array && memory.buffer.byteLength === 0);
  }
  /** Where the pixels are. */
  get bufferKind(): BufferKind {
    return this.#memory instanceof DeviceMemory ? "STRIDED_DEVICE" : "STRIDED_HOST";
  }
  /** The CUDA device that has the pixels; `undefined`: the host has them. */
  get deviceId(): number | undefined {
    return this.#memory instanceof DeviceMemory ? this.#memory.deviceId : undefined;
  }

  /**
   * The pixels on the device, for native consumers: `numba`, `cupy`, `torch` and others read this as `__cuda_array_interface__`. The
   * memory is the image's, until `release()`. @throws TypeError for an image in the host's memory
   */
  get cudaArrayInterface(): CudaArrayInterface {
    const memory = this.#memory;
    if (!(memory instanceof DeviceMemory))
      throw new TypeError("the pixels are in the host's memory; await image.cuda() copies them to a device");
    return cudaArrayOf(this.#info, memory.address);
  }

  /**
   * The image in the host's memory: itself if it is there, else a copy in new memory.
   *
   * @throws ERR_POLYCODEC_DEVICE also when the device does not answer, ERR_POLYCODEC_IMAGE_RELEASED, ERR_POLYCODEC_OUT_OF_MEMORY
   */
  async cpu(options?: CopyOptions): Promise<Image> {
    const { cudaStream: stream, watchdogMs } = readCopyOptions(options);
    const memory = this.#memory;
    if (!(memory instanceof DeviceMemory)) {
      this.#any();
      return this;
    }
    const bytes = byteLength(this.#info);
    const { handle, deviceId } = memory;
    const release = (own: ArrayBufferLike) => runtime().release(own as ArrayBuffer);
    const download = () => runtime().download(handle, deviceId, bytes, stream);
    const buffer = await copied(deviceId, watchdogMs, download, release);
    return new Image(this.#info, new Uint8Array(buffer), this.#inverted, this.#warnings, release);
  }

  /**
   * The image in a CUDA device's memory: itself if it is there, else a copy in new memory of the device. A stream in the options
   * belongs to the device that has the pixels, or gets them from the host.
   *
   * @throws ERR_POLYCODEC_DEVICE when there is no such device, or it does not answer, ERR_POLYCODEC_IMAGE_RELEASED,
   *   ERR_POLYCODEC_OUT_OF_MEMORY
   */
  async cuda(deviceId = 0, options?: CopyOptions): Promise<Image> {
    checkDevice(readDeviceId(deviceId, "deviceId"), "deviceId");
    const { cudaStream: stream, watchdogMs } = readCopyOptions(options);
    const memory = this.#memory;
    if (memory instanceof DeviceMemory && memory.deviceId === deviceId) return this;
    const bytes = byteLength(this.#info);
    const start = () =>
      memory instanceof DeviceMemory
        ? runtime().copyDevice(memory.handle, deviceId, bytes, stream)
        : this.#read(() => runtime().upload(this.bytes, deviceId, bytes, stream));
    const handle = await copied(deviceId, watchdogMs, start, (late) => runtime().releaseDevice(late));
    return new Image(this.#info, new DeviceMemory(handle), this.#inverted, this.#warnings);
  }

  /** The pixels as bytes, from the first to behind the last; a view, not a copy. @throws ERR_POLYCODEC_IMAGE_RELEASED */
  get bytes(): Uint8Array {
    return this.#held().subarray(0, byteLength(this.#info));
  }

  /** The pixels as elements of `dtype` (`float16` as Uint16Array); a view. @throws ERR_POLYCODEC_IMAGE_RELEASED */
  get data(): Exclude<TypedArray, Uint8ClampedArray> {
    const { buffer, byteOffset, byteLength: length } = this.bytes;
    const { dtype } = this.#info;
    return new ARRAYS[dtype](buffer as ArrayBuffer, byteOffset, length / BYTES_PER_ELEMENT[dtype]);
  }

  /** The pixels without padding: the same memory if there is none, else a copy. */
  packed(): Uint8Array {
    return isTight(this.#info) ? this.bytes : packRows(this.#info, this.bytes);
  }

  /**
   * Gives the memory back; `data` and all views of it become empty. Without it the garbage collector does so, later.
   * Memory that was the user's own is let go of, not emptied. While an encoder or a copy reads the pixels their memory stays.
   *
   * @throws ERR_POLYCODEC_IMAGE_BUSY while a decode writes the image
   */
  release(): void {
    if (this.#busy) throw new PolycodecError("ERR_POLYCODEC_IMAGE_BUSY", "the image is being written by a decode");
    this.#released ??= this.#memory;
    this.#memory = undefined;
    if (this.#readers === 0) this.#giveBack();
  }

  /** The memory stays until `work` has settled, which may be long after its caller has gone. */
  async #read<T>(work: () => Promise<T>): Promise<T> {
    this.#readers++;
    try {
      return await work();
    } finally {
      if (--this.#readers === 0) this.#giveBack();
    }
  }

  #giveBack(): void {
    const memory = this.#released;
    this.#released = undefined;
    if (!(memory instanceof Uint8Array)) memory?.release();
    else if (memory.buffer.byteLength > 0) this.#release?.(memory.buffer);
  }

  [Symbol.dispose](): void {
    this.release();
  }

  /** The memory, wherever it is. */
  #any(): Memory {
    const memory = this.#memory;
    if (!memory || this.isReleased)
      throw new PolycodecError("ERR_POLYCODEC_IMAGE_RELEASED", "the image's memory has been released or moved");
    return memory;
  }

  /** The memory, in an ArrayBuffer. */
  #held(): Uint8Array {
    const memory = this.#any();
    if (memory instanceof SlabMemory) {
      const opened = memory.open();
      this.#memory = opened;
      return opened;
    }
    if (memory instanceof DeviceMemory) {
      throw new PolycodecError(
        "ERR_POLYCODEC_IMAGE_ON_DEVICE",
        `the pixels are in the memory of CUDA device ${memory.deviceId}; await image.cpu() fetches them`,
      );
    }
    return memory;
  }
}
