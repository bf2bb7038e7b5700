#include "coded_picture.hpp"

#include <cstring>

#include <polycodec_cuda.hpp>

namespace polycodec::nvjpeg {
namespace {

using cuda::Failure;

constexpr uint8_t kSos = 0xda, kEoi = 0xd9, kApp0 = 0xe0, kApp14 = 0xee, kProgressive = 0xc2;

bool IsFrame(uint8_t marker) {
  return marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc;
}

void ReadFrame(const uint8_t* segment, size_t size, CodedPicture& picture) {
  if (size < 6 || size != 6 + size_t{3} * segment[5]) throw Failure(POLYCODEC_IMAGE_CORRUPTED, "the frame header's length");
  picture.precision = segment[0];
  picture.height = uint32_t{segment[1]} << 8 | segment[2];
  picture.width = uint32_t{segment[3]} << 8 | segment[4];
  picture.components = segment[5];
  for (uint32_t c = 0; c < picture.components && c < 4; c++) picture.sampling[c] = segment[7 + 3 * c];
  picture.rgb_ids = picture.components == 3 && segment[6] == 'R' && segment[9] == 'G' && segment[12] == 'B';
}

/* From the first scan on: markers stand in coded data where 0xff is followed by neither 0 nor a restart's number. */
void ReadScans(const uint8_t* data, size_t size, size_t at, CodedPicture& picture) {
  // Of others the end alone is of interest, and it is mostly the last thing.
  if (picture.frame != kProgressive) {
    picture.scans = 1;
    for (size_t i = size; i >= at + 2; i--) {
      if (data[i - 2] == 0xff && data[i - 1] == kEoi) return;
    }
    throw Failure(POLYCODEC_IMAGE_TRUNCATED, "no end-of-image marker behind the scan");
  }
  while (at + 1 < size) {
    const void* found = std::memchr(data + at, 0xff, size - at - 1);
    if (found == nullptr) break;
    at = static_cast<size_t>(static_cast<const uint8_t*>(found) - data);
    const uint8_t marker = data[at + 1];
    if (marker == kEoi) return;
    const bool alone = marker == 0 || marker == 0xff || (marker >= 0xd0 && marker <= 0xd7);
    if (alone || at + 4 > size) {
      at += marker == 0xff ? 1 : 2;
      continue;
    }
    if (marker == kSos) picture.scans++;
    at += 2 + (size_t{data[at + 2]} << 8 | data[at + 3]);
  }
  throw Failure(POLYCODEC_IMAGE_TRUNCATED, "no end-of-image marker behind the last scan");
}

CodedPicture Read(const uint8_t* data, size_t size) {
  CodedPicture picture;
  if (size < 4 || data[0] != 0xff || data[1] != 0xd8) throw Failure(POLYCODEC_IMAGE_CORRUPTED, "no start-of-image marker");
  for (size_t at = 2; at + 4 <= size;) {
    if (data[at] != 0xff) throw Failure(POLYCODEC_IMAGE_CORRUPTED, "no marker where one should be");
    const uint8_t marker = data[at + 1];
    if (marker == 0xff) {
      at++;
      continue;
    }
    if (marker == 0x01 || (marker >= 0xd0 && marker <= 0xd8)) {
      at += 2;
      continue;
    }
    const size_t length = size_t{data[at + 2]} << 8 | data[at + 3], end = at + 2 + length;
    if (marker == kEoi || length < 2 || end > size) break;
    const uint8_t* segment = data + at + 4;
    if (IsFrame(marker)) {
      if (picture.frame != 0) throw Failure(POLYCODEC_IMAGE_CORRUPTED, "a second frame header");
      picture.frame = marker;
      ReadFrame(segment, length - 2, picture);
    } else if (marker == kApp0 && length >= 16 && std::memcmp(segment, "JFIF", 5) == 0) {
      picture.jfif = true;
    } else if (marker == kApp14 && length >= 14 && std::memcmp(segment, "Adobe", 5) == 0) {
      picture.adobe = true;
      picture.adobe_transform = segment[11];
    } else if (marker == kSos) {
      if (picture.frame == 0) throw Failure(POLYCODEC_IMAGE_CORRUPTED, "a scan before any frame header");
      picture.scans = 1;
      ReadScans(data, size, end, picture);
      return picture;
    }
    at = end;
  }
  throw Failure(POLYCODEC_IMAGE_TRUNCATED, "the headers end before the first scan");
}

}  // namespace

bool CodedPicture::full_resolution() const {
  for (uint32_t c = 1; c < components && c < 4; c++) {
    if (sampling[c] != sampling[0]) return false;
  }
  return true;
}

bool CodedPicture::is_rgb() const {
  if (components != 3 || jfif) return false;
  return adobe ? adobe_transform == 0 : rgb_ids;
}

CodedPicture Examine(const polycodec_decode_task& task) {
  if (task.image_index != 0) throw Failure(POLYCODEC_NUM_IMAGES_UNSUPPORTED, "a JPEG holds one image");
  const CodedPicture picture = Read(task.data, task.size);
  if (picture.width != task.width || picture.height != task.height || picture.components != task.channels) {
    throw Failure(POLYCODEC_IMAGE_CORRUPTED,
                  "the frame header says " + std::to_string(picture.width) + " x " + std::to_string(picture.height) + " and " +
                      std::to_string(picture.components) + " components, which is not what was parsed");
  }
  const uint64_t pixels = uint64_t{picture.width} * picture.height * picture.scans;
  if ((task.max_scans != 0 && picture.scans > task.max_scans) ||
      (task.max_scan_pixels != 0 && pixels > task.max_scan_pixels)) {
    throw Failure(POLYCODEC_LIMIT_EXCEEDED, std::to_string(picture.scans) + " scans are more than the limits allow");
  }
  return picture;
}

}  // namespace polycodec::nvjpeg
