#include "objects.hpp"

#include <algorithm>

namespace fake {

bool CheckImage(const char* function, const ImageBuffers& image, unsigned planes, size_t row_bytes) {
  for (unsigned c = 0; c < planes; c++) {
    if (fakeCudaKind(image.channel[c]) == kDevice && image.pitch[c] >= row_bytes) continue;
    fakeCudaViolation("%s: channel %u is not device memory with a pitch of %zu or more", function, c, row_bytes);
    return false;
  }
  return true;
}

void Deliver(const char* function, const Picture& picture, OutputFormat format, const ImageBuffers& image) {
  const unsigned planes = std::max(1u, PlanesOf(format, picture.channels));
  const size_t row = size_t{picture.width} * (planes > 1 ? 1 : picture.channels * picture.bytes);
  for (unsigned c = 0; c < planes; c++) {
    const size_t bytes = image.pitch[c] * (picture.height - 1) + row;
    auto* to = static_cast<uint8_t*>(fakeCudaBytes(image.channel[c], bytes, function));
    if (to == nullptr) return;
    for (unsigned y = 0; y < picture.height; y++, to += image.pitch[c]) {
      if (planes == 1) {
        std::memcpy(to, picture.At(0, y), row);
      } else {
        for (unsigned x = 0; x < picture.width; x++) to[x] = picture.At(x, y)[c];
      }
    }
  }
}

}  // namespace fake
