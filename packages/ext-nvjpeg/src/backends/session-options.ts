/** Options that all backends of this package have; native/session.cpp reads and validates them. */
export const SESSION_OPTIONS = {
  /** Bytes of device memory that the backend may have in use at a time; 0: what there is. */
  maxDeviceMemory: 0,
  /** The same for pinned host memory. */
  maxPinnedMemory: 0,
  /** Allocations of the library are multiples of so many bytes; 0: its own choice. */
  deviceMemoryPadding: 0,
  hostMemoryPadding: 0,
  /** Flags of `nvjpegCreateEx` besides those that other options set. */
  extraFlags: 0,
};

export const DECODE_OPTIONS = {
  ...SESSION_OPTIONS,
  /** Interpolate chroma between its samples; `false` repeats them. */
  fancyUpsampling: true,
  /**
   * Interpolate chroma in regions too: the whole picture is decoded, and the region cut out on the device. `false`:
   * the library decodes the region alone, with its chroma repeated.
   */
  enableRoiFancyUpsampling: true,
};
