/* What an instance of each backend is made of. */
#pragma once

#include <vector>

#include "batch_decode.hpp"
#include "encode.hpp"
#include "single_decode.hpp"

namespace polycodec::nvjpeg {

/* Hardware engines. */
class HardwareBackend {
 public:
  HardwareBackend(polycodec_call* call, const Params& params)
      : session(call, params, Implementation::kHardware),
        decoder_(session, BatchOptions(params), Implementation::kHardware) {}
  void Decode(const polycodec_decode_task* const* tasks, size_t count, polycodec_status* statuses) {
    decoder_.Decode(tasks, count, statuses);
  }
  uint32_t mini_batch() const { return decoder_.mini_batch(); }
  Session session;

 private:
  BatchDecoder decoder_;
};

/* Huffman decoding on the CPU, the rest on the GPU. */
class HybridBackend {
 public:
  HybridBackend(polycodec_call* call, const Params& params)
      : session(call, params, Implementation::kHybrid),
        decoder_(session, SingleOptions(params), Implementation::kHybrid) {}
  void Decode(const polycodec_decode_task* const* tasks, size_t count, polycodec_status* statuses) {
    decoder_.Decode(tasks, count, statuses);
  }
  uint32_t mini_batch() const { return 1; }
  Session session;

 private:
  SingleDecoder decoder_;
};

/* All on the GPU: in one call where there are many of a chunk, else one by one. */
class CudaBackend {
 public:
  CudaBackend(polycodec_call* call, const Params& params)
      : session(call, params, Implementation::kGpuHybrid),
        batched_above_(cuda::IntegerOption(params, "batchedAbove", 50, 0, 1 << 20)),
        single_(session, SingleOptions(params), Implementation::kGpuHybrid),
        batch_(session, BatchOptions(params), Implementation::kGpuHybrid) {}
  void Decode(const polycodec_decode_task* const* tasks, size_t count, polycodec_status* statuses) {
    if (count > batched_above_) {
      batch_.Decode(tasks, count, statuses);
    } else {
      single_.Decode(tasks, count, statuses);
    }
  }
  uint32_t mini_batch() const { return 1; }
  Session session;

 private:
  const size_t batched_above_;
  SingleDecoder single_;
  BatchDecoder batch_;
};

/* Lossless JPEGs. */
class LosslessBackend {
 public:
  LosslessBackend(polycodec_call* call, const Params& params)
      : session(call, params, Implementation::kLosslessJpeg),
        decoder_(session, BatchOptions(params), Implementation::kLosslessJpeg) {}
  void Decode(const polycodec_decode_task* const* tasks, size_t count, polycodec_status* statuses) {
    decoder_.Decode(tasks, count, statuses);
  }
  uint32_t mini_batch() const { return 1; }
  Session session;

 private:
  BatchDecoder decoder_;
};

class EncoderBackend {
 public:
  EncoderBackend(polycodec_call* call, const Params& params)
      : session(call, params, Implementation::kDefault), encoder_(session) {}
  void Encode(const polycodec_encode_task* const* tasks, size_t count, polycodec_status* statuses) {
    encoder_.Encode(tasks, count, statuses);
  }
  Session session;

 private:
  JpegEncoder encoder_;
};

}  // namespace polycodec::nvjpeg
