/*
 * polycodec_cuda.h - what Polycodec's runtime offers to extensions that work on NVIDIA devices.
 *
 * Such an extension includes this header, and no header of CUDA's: the host opens the CUDA runtime at run time (13, else
 * 12) and gives a table of functions over it. The codec libraries (nvJPEG, nvJPEG2000, nvTIFF) the extension opens by
 * `open_library`, reads their version first and binds by `symbol` what it needs. So a package loads on every machine,
 * and says on those without a device why it is off.
 *
 *     const polycodec_cuda* cuda = POLYCODEC_CUDA_OF(host, call);    // in instance_create; NULL: the message is set
 *     if (cuda == NULL) return POLYCODEC_BACKEND_UNSUPPORTED;
 *
 * Errors. Functions return CUDA's error number, 0 for success, like the functions they stand for, and have cleared it
 * (cudaGetLastError). `status` makes of it what a backend returns, with CUDA's own name of the error in the message.
 * An error that loses the device is put down to the calling thread's current one.
 *
 * Devices. Which one a backend works on is `host->number(options, "deviceId", 0)`. A thread of the lane's own calls
 * `decode_batch`; the backend calls `set_device` first, every time. A stream, an event and memory belong to the device they
 * were made on. Nothing here makes a context on a device (which takes hundreds of milliseconds and of megabytes) before
 * the first memory, stream or event is taken on it.
 *
 * Recycling. Memory, streams and events come from pools of the process and go back to them. They are handed to the system
 * by trim (which users call through `trimMemory()`), or when a limit or a device that is full demands it.
 *
 * Streams are driver objects: those from here work with libraries that have a CUDA runtime of their own inside, as
 * NVIDIA's codec libraries have. All are non-blocking with respect to the legacy default stream.
 */
#ifndef POLYCODEC_CUDA_H
#define POLYCODEC_CUDA_H

#include "polycodec.h"

#ifdef __cplusplus
extern "C" {
#endif

#define POLYCODEC_CUDA_VERSION 1

/* cudaStream_t and cudaEvent_t. NULL as a stream is the legacy default stream. */
typedef void* polycodec_cuda_stream;
typedef void* polycodec_cuda_event;

/* One user's account of the pools: whose memory is counted and limited together. See memory_open. */
typedef struct polycodec_cuda_memory polycodec_cuda_memory;

/* What is known of a device without touching it. */
typedef struct polycodec_cuda_device {
  size_t struct_size; /* set by the caller; later fields are filled only if they are in it */
  char name[256];
  int32_t compute_major, compute_minor;
  uint64_t total_bytes;
  uint64_t max_pitch; /* the widest row stride that copy_2d takes */
} polycodec_cuda_device;

/* Where an address points to. */
typedef enum polycodec_cuda_pointer {
  POLYCODEC_CUDA_HOST = 0,   /* memory that CUDA does not know: copies to and from it block */
  POLYCODEC_CUDA_PINNED = 1,
  POLYCODEC_CUDA_DEVICE = 2,
  POLYCODEC_CUDA_MANAGED = 3
} polycodec_cuda_pointer;

typedef struct polycodec_cuda {
  size_t struct_size;
  uint32_t version;        /* POLYCODEC_CUDA_VERSION */
  int32_t runtime_version; /* 1000 * major + 10 * minor: 13050 is 13.5 */
  int32_t driver_version;  /* the newest CUDA that the driver supports, likewise; never 0 here */
  int32_t device_count;    /* at least 1 here */

  /* ---- libraries -------------------------------------------------------------------------------------------- */

  /*
   * Opens the first that can be had of the names `sonames`, an array that ends with NULL: in the folders of
   * POLYCODEC_CUDA_PATH (and their lib and lib64), then as the system searches (LD_LIBRARY_PATH, ld.so.cache), then in
   * the folders where CUDA installs itself. NULL: the message of `call` tells `name` and every place that was tried.
   * A library stays open for ever, and is opened once; the search is repeated only if it failed.
   */
  void* (*open_library)(polycodec_call* call, const char* name, const char* const* sonames);
  /* NULL: the library has no such function, or not yet. */
  void* (*symbol)(void* library, const char* name);
  /* The file that a library came from; lives for ever. For messages and `polycodec_extension.libraries`. */
  const char* (*library_path)(void* library);

  /* ---- devices and errors ----------------------------------------------------------------------------------- */

  /* Fills `device`, and makes no context. */
  int (*device)(int32_t index, polycodec_cuda_device* device);
  /* Makes a device the calling thread's current one. */
  int (*set_device)(int32_t index);

  /* CUDA's name of an error, as "cudaErrorMemoryAllocation". Never NULL. */
  const char* (*error_name)(int error);
  /*
   * What a backend returns for `error`, with the message "cudaMemcpyAsync: cudaErrorInvalidValue (1): invalid argument".
   * 0 is SUCCESS, and no message is set; cudaErrorMemoryAllocation is OUT_OF_MEMORY; an error that loses the device (see
   * `lost`) is BACKEND_UNSUPPORTED, which takes the backend out; all others are FAIL.
   */
  polycodec_status (*status)(polycodec_call* call, int error, const char* what);

  /* ---- memory ----------------------------------------------------------------------------------------------- */

  /*
   * An account on one device. At most so many bytes are in use through it at a time, of the device's memory and of
   * pinned host memory (0: no limit of its own); the limits of the process hold besides. NULL, with a message: there
   * is no such device. Closing it with memory still in use is an error of the backend's, whose memory is then freed
   * when the device has done all its work.
   */
  polycodec_cuda_memory* (*memory_open)(polycodec_call* call, int32_t device, uint64_t max_device_bytes,
                                        uint64_t max_pinned_bytes);
  void (*memory_close)(polycodec_cuda_memory* memory);

  /*
   * Take and give back. Their form is that of the allocators that nvJPEG, nvJPEG2000 and nvTIFF take (version 2, with
   * `memory` as the context), so that all they use is pooled, counted and limited too. On any thread, any current device.
   *
   * Memory is taken for a stream and given back on one: work that was put on that stream before may still use it, and
   * whoever takes it next, on whatever stream, waits for that work on the device and not on the host. Pinned memory,
   * which the host writes at once, is given out only when such work is done. `size` of a give is what was asked for, or 0.
   * Not cleared. On 256-byte boundaries. 2 (cudaErrorMemoryAllocation): a limit, or no more, even after the pools' unused
   * memory was handed back.
   */
  int (*device_malloc)(void* memory, void** pointer, size_t size, polycodec_cuda_stream stream);
  int (*device_free)(void* memory, void* pointer, size_t size, polycodec_cuda_stream stream);
  int (*pinned_malloc)(void* memory, void** pointer, size_t size, polycodec_cuda_stream stream);
  int (*pinned_free)(void* memory, void* pointer, size_t size, polycodec_cuda_stream stream);

  /* Where an address points to: a polycodec_cuda_pointer, and the device that has it (-1: none). */
  int (*pointer)(const void* address, int32_t* kind, int32_t* device);

  /* ---- streams and events ----------------------------------------------------------------------------------- */

  /*
   * A stream or an event of a device, recycled. Give a stream back when nothing of yours will be put on it any more; it
   * need not be idle. `drop`: instead of giving it back, after an error on it.
   */
  int (*stream_take)(int32_t device, polycodec_cuda_stream* stream);
  void (*stream_give)(int32_t device, polycodec_cuda_stream stream);
  void (*stream_drop)(int32_t device, polycodec_cuda_stream stream);
  int (*stream_synchronize)(polycodec_cuda_stream stream);
  int (*event_take)(int32_t device, polycodec_cuda_event* event);
  void (*event_give)(int32_t device, polycodec_cuda_event event);
  int (*event_record)(polycodec_cuda_event event, polycodec_cuda_stream stream);
  /* What is put on `stream` from now on waits for the event, on the device. */
  int (*event_wait)(polycodec_cuda_stream stream, polycodec_cuda_event event);
  /* The calling thread waits for it. */
  int (*event_synchronize)(polycodec_cuda_event event);
  /* 0: it has happened; 600 (cudaErrorNotReady): not yet. */
  int (*event_query)(polycodec_cuda_event event);
  /*
   * What is put on `later` from now on waits for what has been put on `earlier` of `device`; the two may belong to
   * different devices. This is how a user's stream is honoured: join(device, theirs, yours) before the work,
   * join(device, yours, theirs) after it.
   */
  int (*join)(int32_t device, polycodec_cuda_stream earlier, polycodec_cuda_stream later);

  /* ---- work ------------------------------------------------------------------------------------------------- */

  /*
   * Asynchronous on `stream`, between any two of host, pinned, and devices' memory. With host memory that is not pinned
   * they block. Rows that follow each other without padding on both sides are copied as one; strides beyond the device's
   * max_pitch are refused with 12 (cudaErrorInvalidPitchValue).
   */
  int (*copy)(void* to, const void* from, size_t bytes, polycodec_cuda_stream stream);
  int (*copy_2d)(void* to, size_t to_stride, const void* from, size_t from_stride, size_t row_bytes, size_t rows,
                 polycodec_cuda_stream stream);
  /* Sets every byte of the rows to the low byte of `value`. */
  int (*fill_2d)(void* to, size_t to_stride, int value, size_t row_bytes, size_t rows, polycodec_cuda_stream stream);

  /* ---- lost devices (from here on: see struct_size) ------------------------------------------------------------ */

  /*
   * NULL as long as a device can be used. After some errors, as a kernel's access to an illegal address, every further call
   * on it fails, and CUDA wants a new process: then this says so, in a sentence that lives for ever. `set_device` and
   * `memory_open` refuse a lost device. Known once a function of this table has met the error.
   */
  const char* (*lost)(int32_t device);
} polycodec_cuda;

/* The table, from a host that is new enough to have one; NULL, with or without a message, where there is none. */
#define POLYCODEC_CUDA_OF(host, call)                                                                   \
  ((host)->struct_size >= offsetof(polycodec_host, cuda) + sizeof((host)->cuda) && (host)->cuda != NULL \
       ? (host)->cuda(call)                                                                             \
       : NULL)

#ifdef __cplusplus
}
#endif
#endif /* POLYCODEC_CUDA_H */
