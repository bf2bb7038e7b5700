/* A picture on its way through nvJPEG2000's encoder. */
#pragma once

#include <polycodec_cuda_encoder.hpp>
#include <polycodec_jp2_boxes.hpp>

#include "session.hpp"

namespace polycodec::nvjpeg2k {

/* For cuda::InTurn. */
class EncoderSlot : public cuda::EncoderSlot {
 public:
  explicit EncoderSlot(const Session& session);
  void Begin(const Session& session, const polycodec_encode_task& task);
  void Retrieve(const Session& session, uint8_t* to, size_t* size);
  /* Puts boxes before the code stream, and comments behind its main header. */
  void Write(const polycodec_encode_task& task, const uint8_t* stream, size_t size);

 private:
  Owned<EncodeParams> params_;
  Owned<EncodeState> state_;
  jp2::Picture picture_{};  // what its boxes will say
};

using PictureEncoder = cuda::InTurn<Session, EncoderSlot>;

}  // namespace polycodec::nvjpeg2k
