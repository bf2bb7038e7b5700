/*
 * The way from a test in TypeScript to the fake CUDA runtime: "instances" of this backend are commands. Each is declined,
 * and the reason is the answer. A FAKE for tests.
 */
#include <dlfcn.h>

#include "fake_cuda.h"
#include "polycodec.h"

static const polycodec_host* host;

/* The option `command`: for fakeCudaControl; or "report". */
static polycodec_status Control(polycodec_call* call, const polycodec_params* options, void**) {
  const char* command = host->text(options, "command", "");
  // Messages have at most 511 bytes, and a report may have more: it comes piece by piece.
  static const char* report = "";
  if (*command == '\0') {
    host->message(call, "%.500s", report + static_cast<size_t>(host->number(options, "from", 0)));
  } else {
    const bool understood = fakeCudaControl(command) == 0;
    report = fakeCudaReport();
    host->message(call, "%s", understood ? "understood" : "not understood");
  }
  return POLYCODEC_BACKEND_UNSUPPORTED;
}

static polycodec_status Decode(void*, const polycodec_decode_task*) { return POLYCODEC_FAIL; }

POLYCODEC_EXPORT const polycodec_extension* polycodec_extension_v1(const polycodec_host* given) {
  host = given;
  static const polycodec_decoder decoder = {.struct_size = sizeof decoder, .id = "fake-cuda-control", .codec = "none",
                                            .instance_create = Control, .instance_destroy = nullptr,
                                            .worker_create = nullptr, .worker_destroy = nullptr, .decode = Decode,
                                            .decode_batch = nullptr, .device_memory = 0};
  static const polycodec_decoder* const decoders[] = {&decoder, nullptr};
  static const polycodec_extension extension = {.struct_size = sizeof extension, .abi_version = POLYCODEC_ABI_VERSION,
                                                .reserved = 0, .name = "fake-cuda-control", .version = "0",
                                                .decoders = decoders, .encoders = nullptr, .libraries = nullptr};
  return &extension;
}
