/* Pictures wholly on the GPU: in one call where there are many of a chunk, else one by one. */
#pragma once

#include "batch_decode.hpp"
#include "single_decode.hpp"

namespace polycodec::nvjpeg {

class CudaDecoder {
 public:
  CudaDecoder(Session& session, const Params& params)
      : batched_above_(cuda::IntegerOption(params, "batchedAbove", 50, 0, 1 << 20)),
        single_(session, params),
        batch_(session, params) {}

  /* A status for each task; every failure says why in its task's message. Called by one thread at a time. */
  void Decode(const polycodec_decode_task* const* tasks, size_t count, polycodec_status* statuses) {
    if (count > batched_above_) {
      batch_.Decode(tasks, count, statuses);
    } else {
      single_.Decode(tasks, count, statuses);
    }
  }

 private:
  const size_t batched_above_;
  SingleDecoder single_;
  BatchDecoder batch_;
};

}  // namespace polycodec::nvjpeg
