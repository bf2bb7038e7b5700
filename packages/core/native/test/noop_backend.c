/*
 * Backends for the runtime's own tests. Not codecs: "noop" does nothing, "copy" copies its bytes into the rows of
 * the image, "slow" takes its time and asks whether it is cancelled, "deaf" takes its time and does not ask,
 * "spread" uses parallel_for, "pair" takes two at a time and warns of it, "batch" takes whole chunks. The first byte of the data may ask for trouble: 'F' fails,
 * 'W' succeeds with two warnings.
 */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "polycodec.h"

static const polycodec_host* host;

/* What every instance has. */
typedef struct state {
  double milliseconds;
} state;

typedef struct worker {
  state* instance;
  int calls;
} worker;

static void sleep_one(void) {
  struct timespec one = {0, 1000000};
  nanosleep(&one, NULL);
}

static polycodec_status create(polycodec_call* call, const polycodec_params* options, void** instance) {
  state* made;
  const char* refuse = host->text(options, "refuse", NULL);
  if (refuse != NULL) {
    host->message(call, "refuses: %s", refuse);
    return POLYCODEC_BACKEND_UNSUPPORTED;
  }
  made = malloc(sizeof *made);
  made->milliseconds = host->number(options, "milliseconds", 5);
  *instance = made;
  return POLYCODEC_SUCCESS;
}

static polycodec_status create_worker(void* instance, void** result) {
  worker* made = calloc(1, sizeof *made);
  made->instance = instance;
  *result = made;
  return POLYCODEC_SUCCESS;
}

static polycodec_status noop(void* w, const polycodec_decode_task* task) {
  (void)task;
  ((worker*)w)->calls++;
  return POLYCODEC_SUCCESS;
}

/* Fills row by row with the data, from its beginning again when it is at its end. */
static polycodec_status copy_pixels(const polycodec_decode_task* task) {
  const polycodec_layout* out = &task->output;
  size_t at = 0, row_bytes = (size_t)out->width * out->channels;
  uint32_t y;
  if (task->size == 0) {
    host->message(task->call, "row %d of %u: no data", 0, out->height);
    return POLYCODEC_IMAGE_TRUNCATED;
  }
  if (task->data[0] == 'F') {
    host->message(task->call, "told to fail with %d bytes", (int)task->size);
    return POLYCODEC_IMAGE_CORRUPTED;
  }
  if (task->data[0] == 'W') {
    host->warn(task->call, "first of %d", 2);
    host->warn(task->call, "second");
  }
  for (y = 0; y < out->height; y++) {
    uint8_t* row = task->pixels + y * out->row_stride;
    size_t x;
    for (x = 0; x < row_bytes; x++, at++) row[x] = task->data[at % task->size];
  }
  return POLYCODEC_SUCCESS;
}

static polycodec_status copy(void* w, const polycodec_decode_task* task) {
  ((worker*)w)->calls++;
  return copy_pixels(task);
}

/* Touches input and output all the time: what a decode does to memory that might be gone. */
static polycodec_status slow(void* w, const polycodec_decode_task* task) {
  int left = (int)((worker*)w)->instance->milliseconds;
  volatile uint8_t sum = 0;
  for (; left > 0; left--) {
    size_t i;
    if (host->cancelled(task->call)) return POLYCODEC_CANCELLED;
    sleep_one();
    for (i = 0; i < task->size; i += 64) sum += task->data[i];
    task->pixels[0] = sum;
  }
  return copy_pixels(task);
}

/* Data that begins with 'X' is alone. */
static int pairs(void* w, const polycodec_decode_task* task) {
  (void)w;
  return task->size > 0 && task->data[0] != 'X';
}

/* One after the other; the first one's status and pixels are not the other's. */
static void decode_pair(void* w, const polycodec_decode_task* const tasks[2], polycodec_status statuses[2]) {
  int i;
  for (i = 0; i < 2; i++) {
    host->warn(tasks[i]->call, "paired");
    statuses[i] = slow(w, tasks[i]);
  }
}

static polycodec_status deaf(void* w, const polycodec_decode_task* task) {
  int left = (int)((worker*)w)->instance->milliseconds;
  (void)task;
  for (; left > 0; left--) sleep_one();
  return POLYCODEC_SUCCESS;
}

static void fill_row(void* context, size_t y) {
  const polycodec_decode_task* task = context;
  const polycodec_layout* out = &task->output;
  memset(task->pixels + y * out->row_stride, (int)(y & 255), (size_t)out->width * out->channels);
  sleep_one();
}

/* Row y is all y; the last byte says how many threads it was offered. */
static polycodec_status spread(void* w, const polycodec_decode_task* task) {
  (void)w;
  host->parallel_for(task->call, task->output.height, fill_row, (void*)task);
  task->pixels[0] = (uint8_t)task->threads;
  return POLYCODEC_SUCCESS;
}

static void decode_batch(void* instance, const polycodec_decode_task* const* tasks, size_t count,
                         polycodec_status* statuses) {
  size_t i;
  (void)instance;
  for (i = 0; i < count; i++) {
    statuses[i] = host->cancelled(tasks[i]->call) ? POLYCODEC_CANCELLED : copy_pixels(tasks[i]);
  }
}

/* A line of what it was asked, the metadata, then the pixels. Grows the sink in small steps, as a bad encoder would. */
static int put(polycodec_call* call, const void* bytes, size_t size, size_t* at) {
  size_t actual;
  uint8_t* sink = host->sink_reserve(call, *at + size, &actual);
  if (sink == NULL || actual < *at + size) return 0;
  memcpy(sink + *at, bytes, size);
  *at += size;
  return 1;
}

static polycodec_status encode_one(const polycodec_encode_task* task) {
  const polycodec_layout* in = &task->input;
  const char* title = host->text(task->params, "title", "untitled");
  size_t at = 0, i;
  uint32_t y;
  uint8_t quality = (uint8_t)host->number(task->params, "quality", 0);
  if (in->width == 1) {
    host->message(task->call, "too narrow");
    return POLYCODEC_RESOLUTION_UNSUPPORTED;
  }
  if (!put(task->call, title, strlen(title), &at) || !put(task->call, &quality, 1, &at)) return POLYCODEC_OUT_OF_MEMORY;
  for (i = 0; i < task->metadata_count; i++) {
    uint8_t kind = (uint8_t)task->metadata[i].kind;
    if (!put(task->call, &kind, 1, &at) || !put(task->call, task->metadata[i].data, task->metadata[i].size, &at)) {
      return POLYCODEC_OUT_OF_MEMORY;
    }
  }
  for (y = 0; y < in->height; y++) {
    const uint8_t* row = task->pixels + y * in->row_stride;
    if (!put(task->call, row, (size_t)in->width * in->channels, &at)) return POLYCODEC_OUT_OF_MEMORY;
  }
  host->sink_finish(task->call, at);
  return POLYCODEC_SUCCESS;
}

static polycodec_status encode(void* w, const polycodec_encode_task* task) {
  ((worker*)w)->calls++;
  return encode_one(task);
}

static void encode_batch(void* instance, const polycodec_encode_task* const* tasks, size_t count,
                         polycodec_status* statuses) {
  size_t i;
  (void)instance;
  for (i = 0; i < count; i++) statuses[i] = encode_one(tasks[i]);
}

#define DECODER(name, function)                                                                             \
  static const polycodec_decoder name##_decoder = {                                                         \
      .struct_size = sizeof(polycodec_decoder), .id = #name, .codec = "test", .instance_create = create,    \
      .instance_destroy = free, .worker_create = create_worker, .worker_destroy = free, .decode = function}
DECODER(noop, noop);
DECODER(copy, copy);
DECODER(slow, slow);
DECODER(deaf, deaf);
DECODER(spread, spread);
static const polycodec_decoder pair_decoder = {
    .struct_size = sizeof(polycodec_decoder), .id = "pair", .codec = "test", .instance_create = create,
    .instance_destroy = free, .worker_create = create_worker, .worker_destroy = free, .decode = slow,
    .decode_pair = decode_pair, .pairs = pairs};
static const polycodec_decoder batch_decoder = {
    .struct_size = sizeof(polycodec_decoder), .id = "batch", .codec = "test", .instance_create = create,
    .instance_destroy = free, .decode_batch = decode_batch};
static const polycodec_encoder copy_encoder = {
    .struct_size = sizeof(polycodec_encoder), .id = "copy", .codec = "test", .instance_create = create,
    .instance_destroy = free, .worker_create = create_worker, .worker_destroy = free, .encode = encode};
static const polycodec_encoder batch_encoder = {
    .struct_size = sizeof(polycodec_encoder), .id = "batch", .codec = "test", .encode_batch = encode_batch};

static const polycodec_decoder* const decoders[] = {&noop_decoder, &copy_decoder, &slow_decoder, &deaf_decoder,
                                                    &spread_decoder, &pair_decoder, &batch_decoder, NULL};
static const polycodec_encoder* const encoders[] = {&copy_encoder, &batch_encoder, NULL};
static const polycodec_extension extension = {
    sizeof(polycodec_extension), POLYCODEC_ABI_VERSION, 0, "runtime-test", "1.0.0", decoders, encoders, "no library"};

const polycodec_extension* polycodec_extension_v1(const polycodec_host* given) {
  host = given;
  return &extension;
}
