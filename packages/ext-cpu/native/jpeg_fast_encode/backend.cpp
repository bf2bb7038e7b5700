// The encoder `jpeg-fast` as the extension's table has it.
#include "encode.hpp"

#include <polycodec.hpp>

namespace polycodec::jpeg_encode {
namespace {

struct Backend {
  static constexpr const char* kId = "jpeg-fast";
  static constexpr const char* kCodec = "jpeg";
  struct Worker : EncodeWorker {
    Worker() : EncodeWorker(AllowedLevel()) {}
  };
  static polycodec_status Encode(Worker& worker, const polycodec_encode_task& task) { return worker.Encode(task); }
};

polycodec_status CreateInstance(polycodec_call* call, const polycodec_params* params, void** instance) {
  // Without SIMD by the user's wish the definitions run; without it by the CPU, libjpeg-turbo's SSE2 is the faster.
  if (host->simd != 0 && CpuLevel() == Level::kScalar) {
    host->message(call, "needs a CPU with AVX2");
    return POLYCODEC_BACKEND_UNSUPPORTED;
  }
  return detail::Kept<Backend>::CreateInstance(call, params, instance);
}

constexpr polycodec_encoder Table() {
  polycodec_encoder table = Encoder<Backend>();
  table.instance_create = CreateInstance;
  return table;
}

}  // namespace

extern const polycodec_encoder kEncoder = Table();

}  // namespace polycodec::jpeg_encode
