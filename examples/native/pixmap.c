/* A native plugin in plain C11: the binary PPM format (P6, maxval 255), both ways, against polycodec.h alone. */
#include <stdio.h>
#include <string.h>
#include <polycodec.h>

static const polycodec_host* host;

/* Reads a number of the header, past white space and comments; -1 if there is none. */
static long number_at(const uint8_t* data, size_t size, size_t* at) {
  long value = -1;
  while (*at < size && (data[*at] <= ' ' || data[*at] == '#')) {
    if (data[*at] == '#') while (*at < size && data[*at] != '\n') ++*at;
    else ++*at;
  }
  for (; *at < size && data[*at] >= '0' && data[*at] <= '9' && value < 100000000; ++*at) {
    value = (value < 0 ? 0 : value) * 10 + (data[*at] - '0');
  }
  return value;
}

static polycodec_status decode(void* worker, const polycodec_decode_task* task) {
  (void)worker;
  size_t at = 2;
  long width = number_at(task->data, task->size, &at);
  long height = number_at(task->data, task->size, &at);
  long maxval = number_at(task->data, task->size, &at);
  ++at; /* the one byte of white space before the samples */
  if (width != (long)task->width || height != (long)task->height || maxval != 255) {
    host->message(task->call, "the header says %ldx%ld, maxval %ld", width, height, maxval);
    return POLYCODEC_IMAGE_CORRUPTED;
  }
  size_t row = (size_t)width * 3;
  for (long y = 0; y < height; ++y, at += row) {
    if (host->cancelled(task->call)) return POLYCODEC_CANCELLED;
    if (at + row > task->size) {
      host->message(task->call, "row %ld of %ld: the file ends", y, height);
      return POLYCODEC_IMAGE_TRUNCATED;
    }
    memcpy(task->pixels + (size_t)y * task->output.row_stride, task->data + at, row);
  }
  return POLYCODEC_SUCCESS;
}

static polycodec_status encode(void* worker, const polycodec_encode_task* task) {
  (void)worker;
  const polycodec_layout* in = &task->input;
  size_t actual = 0;
  size_t row = (size_t)in->width * 3;
  uint8_t* out = host->sink_reserve(task->call, row * in->height + 64, &actual);
  if (!out) return POLYCODEC_OUT_OF_MEMORY;
  size_t at = (size_t)snprintf((char*)out, 64, "P6\n%u %u\n255\n", (unsigned)in->width, (unsigned)in->height);
  for (uint32_t y = 0; y < in->height; ++y, at += row) {
    memcpy(out + at, task->pixels + y * in->row_stride, row);
  }
  host->sink_finish(task->call, at);
  return POLYCODEC_SUCCESS;
}

static const polycodec_decoder decoder = {
    .struct_size = sizeof(polycodec_decoder), .id = "pixmap", .codec = "pixmap", .decode = decode};
static const polycodec_encoder encoder = {
    .struct_size = sizeof(polycodec_encoder), .id = "pixmap", .codec = "pixmap", .encode = encode};
static const polycodec_decoder* const decoders[] = {&decoder, NULL};
static const polycodec_encoder* const encoders[] = {&encoder, NULL};
static const polycodec_extension extension = {.struct_size = sizeof(polycodec_extension),
                                              .abi_version = POLYCODEC_ABI_VERSION,
                                              .name = "example-pixmap",
                                              .version = "1.0.0",
                                              .decoders = decoders,
                                              .encoders = encoders};

const polycodec_extension* polycodec_extension_v1(const polycodec_host* given) {
  host = given;
  return &extension;
}
