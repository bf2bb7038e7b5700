/* A picture on its way through nvJPEG's encoder. */
#pragma once

#include <polycodec_cuda_encoder.hpp>

#include "session.hpp"

namespace polycodec::nvjpeg {

/* For cuda::InTurn. The state is bound to the stream that it was made with. */
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
  Owned<EncoderParams> params_;
  Owned<EncoderState> state_;
};

using JpegEncoder = cuda::InTurn<Session, EncoderSlot>;

}  // namespace polycodec::nvjpeg
