#include "jpeg_deep_decode.hpp"

#include "jpeg_deep_error.hpp"
#include "jpeg_deep_frame.hpp"

namespace polycodec::jpegdeep {
namespace {

// Both in one: the frame header says which it is, and the TypeScript half has chosen by it.
polycodec_status DecodeDeep(const polycodec_decode_task& task) {
  return Attempt(task.call, [&] {
    Image image;
    image.task = &task;
    ReadImage(image);
    if (!image.frame.IsLossless()) TransformBlocks(image);
    WriteOutput(image);
  });
}

struct Lossless {
  static constexpr const char* kId = "jpeg-lossless";
  static constexpr const char* kCodec = "jpeg";
  struct Worker {};
  static polycodec_status Decode(Worker&, const polycodec_decode_task& task) { return DecodeDeep(task); }
};

struct TwelveBit {
  static constexpr const char* kId = "jpeg-12bit";
  static constexpr const char* kCodec = "jpeg";
  struct Worker {};
  static polycodec_status Decode(Worker&, const polycodec_decode_task& task) { return DecodeDeep(task); }
};

}  // namespace

const polycodec_decoder kLosslessDecoder = Decoder<Lossless>();
const polycodec_decoder kTwelveBitDecoder = Decoder<TwelveBit>();

}  // namespace polycodec::jpegdeep
