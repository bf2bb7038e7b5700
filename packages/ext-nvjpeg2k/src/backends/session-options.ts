/** Options that all backends of this package have; native/session.cpp reads and validates them. */
export const SESSION_OPTIONS = {
  /** Bytes of device memory that the backend may have in use at a time; 0: what there is. */
  maxDeviceMemory: 0,
  /** The same for pinned host memory. */
  maxPinnedMemory: 0,
};
