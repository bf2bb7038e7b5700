/*
 * A device for tests: decodes JPEG with libjpeg-turbo, on the one thread that a decode_batch backend has, and then sleeps
 * until `nsPerPixel` times the sample's pixels have gone by. It needs no core while it sleeps: like a real device, it
 * works beside the CPU and not instead of it.
 */
#define _POSIX_C_SOURCE 200809L
#include <errno.h>
#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <jpeglib.h>

#include "polycodec.h"

static const polycodec_host* host;

struct failure {
  struct jpeg_error_mgr manager;
  jmp_buf return_point;
};

static void fail(j_common_ptr info) { longjmp(((struct failure*)info->err)->return_point, 1); }
static void ignore(j_common_ptr info, int level) {
  (void)info;
  (void)level;
}

static polycodec_status decode(const polycodec_decode_task* task) {
  struct jpeg_decompress_struct info;
  struct failure failure;
  info.err = jpeg_std_error(&failure.manager);
  failure.manager.error_exit = fail;
  failure.manager.emit_message = ignore;
  if (setjmp(failure.return_point)) {
    jpeg_destroy_decompress(&info);
    host->message(task->call, "libjpeg gave up");
    return POLYCODEC_IMAGE_CORRUPTED;
  }
  jpeg_create_decompress(&info);
  jpeg_mem_src(&info, task->data, task->size);
  jpeg_read_header(&info, TRUE);
  info.out_color_space = JCS_RGB;
  jpeg_start_decompress(&info);
  polycodec_status status = POLYCODEC_SUCCESS;
  if (info.output_width != task->output.width || info.output_height != task->output.height) status = POLYCODEC_IMAGE_CORRUPTED;
  else while (info.output_scanline < info.output_height) {
    JSAMPROW row = task->pixels + (size_t)info.output_scanline * task->output.row_stride;
    jpeg_read_scanlines(&info, &row, 1);
  }
  jpeg_destroy_decompress(&info);
  return status;
}

static polycodec_status create(polycodec_call* call, const polycodec_params* options, void** instance) {
  (void)call;
  double* ns_per_pixel = malloc(sizeof *ns_per_pixel);
  if (ns_per_pixel == NULL) return POLYCODEC_OUT_OF_MEMORY;
  *ns_per_pixel = host->number(options, "nsPerPixel", 0);
  *instance = ns_per_pixel;
  return POLYCODEC_SUCCESS;
}

static void decode_batch(void* instance, const polycodec_decode_task* const* tasks, size_t count, polycodec_status* statuses) {
  struct timespec until;
  clock_gettime(CLOCK_MONOTONIC, &until);
  for (size_t i = 0; i < count; i++) {
    statuses[i] = host->cancelled(tasks[i]->call) ? POLYCODEC_CANCELLED : decode(tasks[i]);
    if (statuses[i] == POLYCODEC_CANCELLED) continue;
    /* Counted from the start of the chunk: a sleep that is too long is made up for in the next sample. */
    long long ns = until.tv_nsec + (long long)(*(const double*)instance * tasks[i]->width * tasks[i]->height);
    until.tv_sec += (time_t)(ns / 1000000000LL);
    until.tv_nsec = (long)(ns % 1000000000LL);
    while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &until, NULL) == EINTR) continue;
  }
}

static const polycodec_decoder decoder = {
  .struct_size = sizeof(polycodec_decoder), .id = "slow-device", .codec = "jpeg",
  .instance_create = create, .instance_destroy = free, .decode_batch = decode_batch,
};
static const polycodec_decoder* const decoders[] = {&decoder, NULL};
static const polycodec_extension extension = {
  .struct_size = sizeof(polycodec_extension), .abi_version = POLYCODEC_ABI_VERSION, .name = "slow-device", .version = "1.0.0", .decoders = decoders,
};

POLYCODEC_EXPORT const polycodec_extension* polycodec_extension_v1(const polycodec_host* given) {
  host = given;
  return &extension;
}
