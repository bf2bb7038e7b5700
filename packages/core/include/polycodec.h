/*
 * polycodec.h - the C interface between Polycodec's runtime and a native extension.
 *
 * An extension is a plain shared library. It needs this header and nothing else: no Node header, no C++, no link to
 * Polycodec. It exports one symbol,
 *
 *     const polycodec_extension* polycodec_extension_v1(const polycodec_host* host);
 *
 * and returns a table of backends. The runtime opens the library by path, calls the symbol once per process and
 * never closes the library again; both tables must therefore stay valid for ever (make them `static const`).
 *
 * What a backend does:        turns encoded bytes into pixels, or pixels into encoded bytes.
 * What it leaves to the host: recognising formats, choosing backends, validating options, reading and writing files,
 *                             threads, and telling the user. It does not read the environment and does not print.
 *
 * Threads. The runtime owns all threads. A per-sample backend is called from many of them at once, each time with a
 * `worker` that no other thread uses at that moment. To spread one image over several threads, use
 * `host->parallel_for`; start none of your own, or the user's limit on threads does not hold.
 *
 * Errors. Functions return a `polycodec_status`. No C++ exception and no longjmp may cross this interface. Say the
 * fact in `host->message`, with no backend name in front and no full stop behind: "row 112 of 400: CRC mismatch".
 *
 * Growth. Every struct begins with its size. The host accepts any size from the first version's on; new fields are
 * only ever added at the end, so check `struct_size` before you read a field newer than version 1.
 */
#ifndef POLYCODEC_H
#define POLYCODEC_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#define POLYCODEC_ABI_VERSION 1

#if defined(_WIN32)
#define POLYCODEC_EXPORT __declspec(dllexport)
#else
#define POLYCODEC_EXPORT __attribute__((visibility("default")))
#endif

/*
 * What became of one sample. The values and names are those of `ProcessingStatus` in TypeScript.
 *
 * Bits 0 and 1 both set: the sample cannot be processed, whatever one asks of it. Bit 0 alone: a request with other
 * parameters may succeed; the host then offers a plainer task and does the rest itself.
 */
typedef enum polycodec_status {
  POLYCODEC_SUCCESS = 0x1,
  POLYCODEC_FAIL = 0x3,                   /* no better word; say why in the message */
  POLYCODEC_IMAGE_CORRUPTED = 0x7,        /* the bytes break the format's rules */
  POLYCODEC_CODEC_UNSUPPORTED = 0xb,
  POLYCODEC_BACKEND_UNSUPPORTED = 0x13,
  POLYCODEC_ENCODING_UNSUPPORTED = 0x23,  /* a coding process this backend lacks, such as arithmetic coding */
  POLYCODEC_RESOLUTION_UNSUPPORTED = 0x43,
  POLYCODEC_CODESTREAM_UNSUPPORTED = 0x83, /* valid, but not by this backend */
  POLYCODEC_IMAGE_TRUNCATED = 0x103,      /* the coded data ended before the picture did */
  POLYCODEC_LIMIT_EXCEEDED = 0x203,       /* would cost more than the caller allows; no other backend is tried */
  POLYCODEC_CANCELLED = 0x403,            /* the task's cancel flag was seen; no other backend is tried */
  POLYCODEC_OUT_OF_MEMORY = 0x803,
  POLYCODEC_IO_ERROR = 0x1003,            /* set by the host: a file could not be read or written */

  POLYCODEC_COLOR_SPEC_UNSUPPORTED = 0x5,
  POLYCODEC_ORIENTATION_UNSUPPORTED = 0x9,
  POLYCODEC_ROI_UNSUPPORTED = 0x11,
  POLYCODEC_SAMPLING_UNSUPPORTED = 0x21,
  POLYCODEC_SAMPLE_TYPE_UNSUPPORTED = 0x41,
  POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED = 0x81,
  POLYCODEC_NUM_IMAGES_UNSUPPORTED = 0x101,
  POLYCODEC_SCALE_UNSUPPORTED = 0x201,
  POLYCODEC_NUM_CHANNELS_UNSUPPORTED = 0x401,
  POLYCODEC_QUALITY_TYPE_UNSUPPORTED = 0x801,
  POLYCODEC_QUALITY_VALUE_UNSUPPORTED = 0x1001,
  POLYCODEC_TILING_UNSUPPORTED = 0x2001
} polycodec_status;

/* Element types. Float16 is IEEE 754 binary16. */
typedef enum polycodec_dtype {
  POLYCODEC_UINT8 = 0, POLYCODEC_INT8 = 1, POLYCODEC_UINT16 = 2, POLYCODEC_INT16 = 3, POLYCODEC_UINT32 = 4,
  POLYCODEC_INT32 = 5, POLYCODEC_FLOAT16 = 6, POLYCODEC_FLOAT32 = 7, POLYCODEC_FLOAT64 = 8
} polycodec_dtype;

/* Channel order and planarity: I_ interleaved (row, column, channel), P_ planar (channel, row, column). */
typedef enum polycodec_sample_format {
  POLYCODEC_I_UNCHANGED = 0, POLYCODEC_P_UNCHANGED = 1, POLYCODEC_I_Y = 2, POLYCODEC_P_Y = 3,
  POLYCODEC_I_YA = 4, POLYCODEC_P_YA = 5, POLYCODEC_I_RGB = 6, POLYCODEC_P_RGB = 7, POLYCODEC_I_BGR = 8,
  POLYCODEC_P_BGR = 9, POLYCODEC_I_RGBA = 10, POLYCODEC_P_RGBA = 11, POLYCODEC_I_YUV = 12, POLYCODEC_P_YUV = 13
} polycodec_sample_format;

typedef enum polycodec_color_spec {
  POLYCODEC_COLOR_UNKNOWN = 0, POLYCODEC_COLOR_UNCHANGED = 1, POLYCODEC_COLOR_SRGB = 2, POLYCODEC_COLOR_GRAY = 3,
  POLYCODEC_COLOR_SYCC = 4, POLYCODEC_COLOR_CMYK = 5, POLYCODEC_COLOR_YCCK = 6
} polycodec_color_spec;

typedef enum polycodec_chroma_subsampling {
  POLYCODEC_CSS_NONE = 0, POLYCODEC_CSS_444 = 1, POLYCODEC_CSS_422 = 2, POLYCODEC_CSS_420 = 3, POLYCODEC_CSS_440 = 4,
  POLYCODEC_CSS_411 = 5, POLYCODEC_CSS_410 = 6, POLYCODEC_CSS_GRAY = 7, POLYCODEC_CSS_410V = 8
} polycodec_chroma_subsampling;

typedef enum polycodec_metadata_kind {
  POLYCODEC_METADATA_UNKNOWN = 0, POLYCODEC_METADATA_EXIF = 1, POLYCODEC_METADATA_ICC_PROFILE = 2,
  POLYCODEC_METADATA_XMP = 3, POLYCODEC_METADATA_IPTC = 4, POLYCODEC_METADATA_COMMENT = 5
} polycodec_metadata_kind;

/* Pixels as they lie in memory. Strides are in bytes; plane_stride is 0 for interleaved layouts. */
typedef struct polycodec_layout {
  uint32_t width, height, channels;
  int32_t dtype;         /* polycodec_dtype */
  int32_t sample_format; /* polycodec_sample_format */
  int32_t color_spec;    /* polycodec_color_spec */
  uint32_t precision;    /* significant bits of an element; never 0 */
  uint32_t reserved;
  uint64_t row_stride, plane_stride;
} polycodec_layout;

/* Opaque: what the host keeps for one running task. Passed back to the host's functions; never stored. */
typedef struct polycodec_call polycodec_call;

/* Named values: a backend's options (at instance_create) or an encoder's parameters (in each task). */
typedef struct polycodec_params polycodec_params;

/* One sample to decode. The host has read the bytes and has validated everything but the bytes themselves. */
typedef struct polycodec_decode_task {
  size_t struct_size;
  polycodec_call* call;

  const uint8_t* data;   /* the whole code stream; readable up to data + size, not beyond */
  size_t size;
  uint32_t image_index;

  /* What core's parser read from the headers. Read them again; refuse with IMAGE_CORRUPTED if they differ. */
  uint32_t width, height, channels;

  uint32_t scale;        /* 1, 2, 4 or 8: produce the picture at 1/scale, rounded up, before the region is taken */
  int32_t orientation;   /* EXIF 1..8, to be applied after the region; 1 means nothing to do */
  int32_t has_region;    /* if not 0: the part [y0, y1) x [x0, x1) of the scaled, stored (not yet oriented) image */
  uint32_t y0, x0, y1, x1;

  polycodec_layout output; /* after scale, region and orientation */
  uint8_t* pixels;         /* where output's first row begins; rows are output.row_stride apart */

  int32_t allow_partial;   /* if not 0: a truncated picture is a success with a warning, missing rows filled */
  uint32_t max_scans;      /* refuse with LIMIT_EXCEEDED what has more (0: no limit) */
  uint64_t max_scan_pixels; /* likewise for width * height * scans (0: no limit) */
  uint64_t max_scratch_bytes; /* refuse with LIMIT_EXCEEDED before taking more than this (0: no limit) */
  uint32_t threads;        /* what parallel_for may use for this task, the caller included; at least 1 */

  /*
   * Where `pixels` lies: -1, the host's memory; else the number of the CUDA device that has it, which only backends get
   * to see that say so (polycodec_decoder.device_memory). Such pixels are complete when the call returns, or else
   * `cuda_stream` waits for them.
   */
  int32_t device;
  /*
   * If has_cuda_stream: a cudaStream_t of the user's, on the backend's device (NULL is the legacy default stream). Work that
   * writes device pixels begins after what is on it, and what the user puts on it later finds the pixels there: see
   * `join` in polycodec_cuda.h.
   */
  int32_t has_cuda_stream;
  void* cuda_stream;
} polycodec_decode_task;

/* Metadata to be written into a code stream, undecoded. */
typedef struct polycodec_metadata {
  int32_t kind; /* polycodec_metadata_kind */
  uint32_t reserved;
  const uint8_t* data;
  size_t size;
} polycodec_metadata;

/* One sample to encode. */
typedef struct polycodec_encode_task {
  size_t struct_size;
  polycodec_call* call;

  polycodec_layout input;
  const uint8_t* pixels;

  const polycodec_params* params;     /* complete: every parameter of the codec is there */
  const polycodec_metadata* metadata; /* in the order to be written */
  size_t metadata_count;
  uint64_t max_scratch_bytes;
  uint32_t threads;

  int32_t device;          /* as in polycodec_decode_task: who has `pixels` */
  int32_t has_cuda_stream; /* device pixels are read after what is on the user's stream */
  void* cuda_stream;
} polycodec_encode_task;

/* What the host offers to extensions for NVIDIA devices: see polycodec_cuda.h. */
struct polycodec_cuda;

/* What the host offers. All functions may be called from any thread that runs a task of yours. */
typedef struct polycodec_host {
  size_t struct_size;
  uint32_t abi_version;
  /*
   * 0: use no SIMD beyond the baseline (POLYCODEC_SIMD=scalar); 1: choose by CPU; 2: choose by CPU, but no more than AVX2
   * (POLYCODEC_SIMD=avx2). Take what you do not know for 1.
   */
  uint32_t simd;

  /*
   * Has the user cancelled? Ask per row or per tile; then return POLYCODEC_CANCELLED soon. Costs two loads. In a task
   * of a batch a more urgent one may be run in here, on the same thread: hold no lock that another task may want, and keep
   * nothing of this task in thread-local variables.
   */
  int (*cancelled)(const polycodec_call* call);

  /* Sets the sentence that explains the status to be returned; printf-style, at most 511 bytes; the last call wins. */
  void (*message)(polycodec_call* call, const char* format, ...);
  /* Adds a warning: the sample succeeds, but the user should know. At most 8 a sample are kept. */
  void (*warn)(polycodec_call* call, const char* format, ...);

  /*
   * Calls fn(context, i) once for every i in [0, count) and returns when all are done. The caller takes part; idle
   * threads help, at most task->threads together. Calls may run in any order and at the same time. fn must not
   * call parallel_for.
   */
  void (*parallel_for)(polycodec_call* call, size_t count, void (*fn)(void* context, size_t i), void* context);

  /*
   * An encoder's output. Returns the start of a buffer of at least `capacity` bytes that holds all that was written
   * so far (the address may change), and sets *actual to its real capacity. NULL: out of memory.
   * `sink_finish` states how many bytes of it are the code stream.
   */
  uint8_t* (*sink_reserve)(polycodec_call* call, size_t capacity, size_t* actual);
  void (*sink_finish)(polycodec_call* call, size_t size);

  /* Values by name; `otherwise` where there is none. Booleans are numbers 0 and 1. Strings live as long as params. */
  double (*number)(const polycodec_params* params, const char* name, double otherwise);
  const char* (*text)(const polycodec_params* params, const char* name, const char* otherwise);

  /* Splits a row of interleaved 8-bit pixels (channels 2, 3 or 4) into one row per channel; SIMD where there is. */
  void (*split_row)(const uint8_t* interleaved, uint8_t* const* planes, uint32_t channels, uint32_t width);

  /*
   * Converts a picture, or some rows of one, from one layout to another; SIMD where there is. `to_layout` says how many
   * pixels. Any planarity; RGB, BGR and RGBA among each other; gray to colour and colour to gray (BT.601); alpha added
   * full or dropped; unsigned samples of one depth to another, to nearest. What the host does for a backend that refuses
   * a task, for those that would rather do it row by row than hold a whole picture. 0: there is no such conversion, and
   * nothing is written. The two must not overlap.
   */
  int (*convert)(const uint8_t* from, const polycodec_layout* from_layout, uint8_t* to,
                 const polycodec_layout* to_layout);

  /*
   * The functions of polycodec_cuda.h. NULL, with a message: there is no CUDA runtime, no driver, or no device. Opens the
   * runtime on first use; makes no context. To be called in instance_create (POLYCODEC_CUDA_OF does it).
   */
  const struct polycodec_cuda* (*cuda)(polycodec_call* call);

  /* As in polycodec_cuda.h, and without a driver too, so that a backend can say what it has found and what it lacks. */
  void* (*open_library)(polycodec_call* call, const char* name, const char* const* sonames);
  void* (*library_symbol)(void* library, const char* name);
  const char* (*library_path)(void* library);
} polycodec_host;

/*
 * A way to decode one codec. Give `decode` (per sample: called from many threads) or `decode_batch` (a whole chunk in
 * one call, on a thread of the lane's own; for devices), not both.
 */
typedef struct polycodec_decoder {
  size_t struct_size;
  const char* id;    /* names the implementation: "libjpeg-turbo" */
  const char* codec; /* names the format: "jpeg" */

  /*
   * Once for each Decoder object that uses the backend, on the JavaScript thread. A status other than SUCCESS, with
   * its message and warnings, switches the backend off and is what the user reads as the reason. May be NULL, as may each function
   * below but decode.
   */
  polycodec_status (*instance_create)(polycodec_call* call, const polycodec_params* options, void** instance);
  void (*instance_destroy)(void* instance);
  /*
   * What one thread keeps between samples: library handles, row buffers. Made on first use by that thread. Without
   * worker_create, `worker` is the instance.
   */
  polycodec_status (*worker_create)(void* instance, void** worker);
  void (*worker_destroy)(void* worker);

  polycodec_status (*decode)(void* worker, const polycodec_decode_task* task);
  void (*decode_batch)(void* instance, const polycodec_decode_task* const* tasks, size_t count,
                       polycodec_status* statuses);

  /* If not 0: tasks may have their pixels on a device (task->device); else the host copies them there. */
  int32_t device_memory;
  /* How many tasks the instance's device takes at a time: chunks are multiples of it. NULL: 1. */
  uint32_t (*mini_batch)(void* instance);
  /* What the instance has found to stand on, for `doctor`, instead of the extension's `libraries`. NULL: that. */
  const char* (*describe)(void* instance);

  /*
   * Two tasks of one batch in one call, on one thread, for backends that are faster so: decodes both as `decode` would, one
   * status each. Asked for where other tasks wait for every thread, and only for tasks of which `pairs` says yes (not 0).
   * Both or none; not with decode_batch. `pairs` is asked before each task and must be cheap: it looks at what the task says, not
   * at its data.
   */
  void (*decode_pair)(void* worker, const polycodec_decode_task* const tasks[2], polycodec_status statuses[2]);
  int (*pairs)(void* worker, const polycodec_decode_task* task);
} polycodec_decoder;

/* A way to encode one codec; as above. The code stream goes to the task's sink. */
typedef struct polycodec_encoder {
  size_t struct_size;
  const char* id;
  const char* codec;
  polycodec_status (*instance_create)(polycodec_call* call, const polycodec_params* options, void** instance);
  void (*instance_destroy)(void* instance);
  polycodec_status (*worker_create)(void* instance, void** worker);
  void (*worker_destroy)(void* worker);
  polycodec_status (*encode)(void* worker, const polycodec_encode_task* task);
  void (*encode_batch)(void* instance, const polycodec_encode_task* const* tasks, size_t count,
                       polycodec_status* statuses);
  int32_t device_memory; /* as in polycodec_decoder; else the host copies device pixels to its memory first */
  uint32_t (*mini_batch)(void* instance);
  const char* (*describe)(void* instance);
} polycodec_encoder;

/* What an extension returns. The arrays end with a NULL pointer and may be NULL themselves. */
typedef struct polycodec_extension {
  size_t struct_size;
  uint32_t abi_version; /* POLYCODEC_ABI_VERSION of the header it was compiled with */
  uint32_t reserved;
  const char* name;
  const char* version;
  const polycodec_decoder* const* decoders;
  const polycodec_encoder* const* encoders;
  const char* libraries; /* what it stands on, for `doctor`: "libjpeg-turbo 2.1.5"; may be NULL */
} polycodec_extension;

/* The one exported symbol. Returns NULL to decline: the host is too old for it. */
typedef const polycodec_extension* (*polycodec_extension_v1_fn)(const polycodec_host* host);
POLYCODEC_EXPORT const polycodec_extension* polycodec_extension_v1(const polycodec_host* host);

#ifdef __cplusplus
}
#endif
#endif /* POLYCODEC_H */
