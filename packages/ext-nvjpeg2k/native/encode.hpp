/* A picture on its way through nvJPEG2000's encoder. */
#pragma once

#include <polycodec_cuda_encoder.hpp>
#include <polycodec_jp2_boxes.hpp>

#include "session.hpp"

namespace polycodec::nvjpeg2k {

/* For cuda::InTurn. */
class EncoderSlot {
 public:
  explicit EncoderSlot(const Session& session);
  void Begin(const Session& session, const polycodec_encode_task& task);
  void End(const Session& session, const polycodec_encode_task& task);

  cuda::Stream stream;
  cuda::PictureInput input;

 private:
  CudaStream cuda_stream() const { return static_cast<CudaStream>(stream.get()); }

  cuda::Event done_;
  Owned<EncodeParams> params_;
  Owned<EncodeState> state_;
  jp2::Picture picture_{};  // what its boxes will say
};

using PictureEncoder = cuda::InTurn<Session, EncoderSlot>;

}  // namespace polycodec::nvjpeg2k
