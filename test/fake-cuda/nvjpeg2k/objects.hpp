/* What stands behind the fake's handles; the rules that they watch over stand in ../library_objects.hpp. */
#pragma once

#include <library_calls.hpp>

#include <map>

#include "picture.hpp"

namespace polycodec::nvjpeg2k {

struct Handle_ : fake::Shared {
  static constexpr const char* kKind = "nvjpeg2k handle";
  Handle_() : Shared(kKind) {}
  Allocator device_allocator{}, pinned_allocator{};
  size_t device_padding = 1, pinned_padding = 1;
};

struct DecodeState_ : fake::Child<Handle_> {
  static constexpr const char* kKind = "nvjpeg2k decode state";
  explicit DecodeState_(Handle handle) : Child(kKind, handle) {}
  fake::Memory on_device, pinned;
};

struct Stream_ : fake::Object {
  static constexpr const char* kKind = "nvjpeg2k stream";
  Stream_() : Object(kKind) {}
  const unsigned char* data = nullptr;  // null: nothing is parsed
  size_t size = 0;
  fake::Headers headers;
  std::map<uint32_t, std::shared_ptr<fake::Picture>> pictures;  // by resolutions left out
};

struct DecodeParams_ : fake::Object {
  static constexpr const char* kKind = "nvjpeg2k decode params";
  DecodeParams_() : Object(kKind) {}
  uint32_t x0 = 0, x1 = 0, y0 = 0, y1 = 0;
  bool to_rgb = false;
  ImageFormat format = ImageFormat::kPlanar;
};

struct Encoder_ : fake::Shared {
  static constexpr const char* kKind = "nvjpeg2k encoder";
  Encoder_() : Shared(kKind) {}
};

struct EncodeState_ : fake::Child<Encoder_> {
  static constexpr const char* kKind = "nvjpeg2k encode state";
  explicit EncodeState_(Encoder encoder) : Child(kKind, encoder) {}
  std::shared_ptr<std::vector<uint8_t>> bytes;
};

struct EncodeParams_ : fake::Object {
  static constexpr const char* kKind = "nvjpeg2k encode params";
  EncodeParams_() : Object(kKind) {}
  bool is_configured = false;
  fake::EncodeRequest request;
  ImageFormat format = ImageFormat::kPlanar;
};

}  // namespace polycodec::nvjpeg2k

namespace fake {

/* Is it device memory, with room for a row in each pitch? */
inline bool CheckImage(const char* function, const ImageBuffers& image, ImageFormat format, uint32_t width) {
  const size_t sample = image.pixel_type == PixelType::kUint8 ? 1 : 2;
  const bool planar = format == ImageFormat::kPlanar;
  for (uint32_t c = 0; c < (planar ? image.components : 1); c++) {
    const size_t row = size_t{width} * sample * (planar ? 1 : image.components);
    if (fakeCudaKind(image.pixels[c]) == kDevice && image.pitch[c] >= row) continue;
    fakeCudaViolation("%s: component %u is not device memory with a pitch of %zu or more", function, c, row);
    return false;
  }
  return true;
}

#define FAKE_API(name, arguments) \
  extern "C" __attribute__((visibility("default"))) polycodec::nvjpeg2k::Status nvjpeg2k##name arguments
#define FAKE_ENTER(name)                              \
  constexpr const char* kFunction = "nvjpeg2k" #name; \
  if (const int injected = fakeCudaEnter(kFunction)) return static_cast<Status>(injected)

}  // namespace fake
