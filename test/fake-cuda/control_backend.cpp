/*
 * The way from a test in TypeScript to the fake CUDA runtime: "instances" of this backend are commands. Each is declined,
 * and the reason is the answer. A FAKE for tests.
 */
#include <unistd.h>

#include <cstdint>
#include <cstring>

#include "fake_cuda.h"
#include "polycodec.h"

extern "C" int cudaStreamCreateWithFlags(void** stream, unsigned flags);
extern "C" int cudaStreamDestroy(void* stream);

static const polycodec_host* host;

/*
 * The option `command`: for fakeCudaControl; "stream" makes a user's stream and answers with its address; none: a piece of
 * the report, `from` on; "end-stream" destroys it. `writeMs`: puts a write of `value` to `bytes` bytes at `address` on `stream`, which takes so long.
 */
static polycodec_status Control(polycodec_call* call, const polycodec_params* options, void**) {
  const char* command = host->text(options, "command", "");
  // Messages have at most 511 bytes, and a report may have more: it comes piece by piece.
  static const char* report = "";
  const double write_ms = host->number(options, "writeMs", -1);
  if (write_ms >= 0) {
    // A user's own work on a stream: after a while it overwrites what it was given.
    struct Write {
      void* to;
      size_t bytes;
      int value;
      useconds_t us;
    };
    auto* write = new Write{reinterpret_cast<void*>(static_cast<uintptr_t>(host->number(options, "address", 0))),
                            static_cast<size_t>(host->number(options, "bytes", 0)),
                            static_cast<int>(host->number(options, "value", 0)), static_cast<useconds_t>(1000 * write_ms)};
    void* stream = reinterpret_cast<void*>(static_cast<uintptr_t>(host->number(options, "stream", 0)));
    fakeCudaEnqueue(stream, [](void* context) {
      auto* write = static_cast<Write*>(context);
      usleep(write->us);
      if (void* bytes = fakeCudaBytes(write->to, write->bytes, "the user's write")) std::memset(bytes, write->value, write->bytes);
      delete write;
    }, write);
    host->message(call, "understood");
  } else if (std::strcmp(command, "stream") == 0) {
    void* stream = nullptr;
    cudaStreamCreateWithFlags(&stream, 1);
    host->message(call, "%llu", static_cast<unsigned long long>(reinterpret_cast<uintptr_t>(stream)));
  } else if (std::strcmp(command, "end-stream") == 0) {
    const int error = cudaStreamDestroy(reinterpret_cast<void*>(static_cast<uintptr_t>(host->number(options, "stream", 0))));
    host->message(call, error == 0 ? "understood" : "not understood");
  } else if (*command == '\0') {
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
