/*
 * noop - a native decoder that makes no pixels. What a batch of it costs is what the road to a backend costs.
 */
#include "polycodec.h"

static polycodec_status decode(void* worker, const polycodec_decode_task* task) {
  (void)worker;
  (void)task;
  return POLYCODEC_SUCCESS;
}

static const polycodec_decoder decoder = {
  .struct_size = sizeof(polycodec_decoder), .id = "noop", .codec = "jpeg", .decode = decode,
};
static const polycodec_decoder* const decoders[] = { &decoder, NULL };
static const polycodec_extension extension = {
  .struct_size = sizeof(polycodec_extension), .abi_version = POLYCODEC_ABI_VERSION,
  .name = "noop", .version = "1.0.0", .decoders = decoders,
};

const polycodec_extension* polycodec_extension_v1(const polycodec_host* host) {
  (void)host;
  return &extension;
}
