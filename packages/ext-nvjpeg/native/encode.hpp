/* A picture on its way through nvJPEG's encoder. */
#pragma once

#include <polycodec_cuda_encoder.hpp>

#include "session.hpp"

namespace polycodec::nvjpeg {

/* For cuda::InTurn. The state is bound to the stream that it was made with. */
class EncoderSlot : public cuda::EncoderSlot {
 public:
  explicit EncoderSlot(const Session& session);
  void Begin(const Session& session, const polycodec_encode_task& task);
  void Retrieve(const Session& session, uint8_t* to, size_t* size);
  void Write(const polycodec_encode_task& task, const uint8_t* bytes, size_t size);

 private:
  Owned<EncoderParams> params_;
  Owned<EncoderState> state_;
};

using JpegEncoder = cuda::InTurn<Session, EncoderSlot>;

}  // namespace polycodec::nvjpeg
