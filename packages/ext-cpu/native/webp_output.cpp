#include "webp_output.hpp"

#include <algorithm>
#include <cstring>

#include <polycodec.hpp>

namespace polycodec::webp {
namespace {

constexpr size_t kRiffBytes = 12, kChunkBytes = 8, kVp8xBytes = 18;
constexpr uint8_t kHasIcc = 0x20, kHasAlpha = 0x10, kHasExif = 0x08, kHasXmp = 0x04;
constexpr uint64_t kMostRiffBytes = 0xfffffffe;

size_t Padded(size_t size) { return size + (size & 1); }
size_t ChunkSize(std::span<const uint8_t> payload) {
  return payload.empty() ? 0 : kChunkBytes + Padded(payload.size());
}

void PutU32(uint8_t* to, uint32_t value) {
  for (int i = 0; i < 4; ++i) to[i] = static_cast<uint8_t>(value >> 8 * i);
}
void PutU24(uint8_t* to, uint32_t value) {
  for (int i = 0; i < 3; ++i) to[i] = static_cast<uint8_t>(value >> 8 * i);
}

uint8_t* PutChunk(uint8_t* to, const char* name, std::span<const uint8_t> payload) {
  std::memcpy(to, name, 4);
  PutU32(to + 4, static_cast<uint32_t>(payload.size()));
  std::memcpy(to + kChunkBytes, payload.data(), payload.size());
  if (payload.size() & 1) to[kChunkBytes + payload.size()] = 0;
  return to + ChunkSize(payload);
}

}  // namespace

// libwebp's own stream begins with RIFF, which becomes ours, so that much of the room is there already.
Output::Output(const polycodec_encode_task& task)
    : task_(task), icc_(Piece(POLYCODEC_METADATA_ICC_PROFILE)), exif_(Piece(POLYCODEC_METADATA_EXIF)),
      xmp_(Piece(POLYCODEC_METADATA_XMP)),
      room_(icc_.empty() && exif_.empty() && xmp_.empty() ? 0 : kVp8xBytes + ChunkSize(icc_)), size_(room_) {}

// A WebP has one of each kind: the first counts, as for its readers.
std::span<const uint8_t> Output::Piece(int32_t kind) const {
  for (size_t i = 0; i < task_.metadata_count; ++i) {
    if (task_.metadata[i].kind == kind) return {task_.metadata[i].data, task_.metadata[i].size};
  }
  return {};
}

void Output::Attach(WebPPicture& picture) {
  picture.writer = OnWrite;
  picture.custom_ptr = this;
}

int Output::OnWrite(const uint8_t* data, size_t size, const WebPPicture* picture) {
  return static_cast<Output*>(picture->custom_ptr)->Append({data, size}) ? 1 : 0;
}

bool Output::Append(std::span<const uint8_t> bytes) {
  if (capacity_ - size_ < bytes.size() || start_ == nullptr) {
    // A bit a pixel is what a photograph of quality 75 takes.
    const size_t first = room_ + size_t{task_.input.width} * task_.input.height / 8 + 4096;
    const size_t wanted = std::max({size_ + bytes.size(), capacity_ * 2, first});
    start_ = host->sink_reserve(task_.call, wanted, &capacity_);
    if (start_ == nullptr || capacity_ - size_ < bytes.size()) return false;
  }
  std::memcpy(start_ + size_, bytes.data(), bytes.size());
  size_ += bytes.size();
  return true;
}

bool Output::AppendChunk(const char* name, std::span<const uint8_t> payload) {
  if (payload.empty()) return true;
  uint8_t head[kChunkBytes];
  std::memcpy(head, name, 4);
  PutU32(head + 4, static_cast<uint32_t>(payload.size()));
  static constexpr uint8_t kPadding[1] = {0};
  return Append(head) && Append(payload) && Append({kPadding, payload.size() & 1});
}

polycodec_status Output::Finish(uint32_t width, uint32_t height) {
  if (room_ == 0) {
    host->sink_finish(task_.call, size_);
    return POLYCODEC_SUCCESS;
  }
  if (size_ + ChunkSize(exif_) + ChunkSize(xmp_) > kMostRiffBytes) {
    host->message(task_.call, "picture and metadata are more than the 4 GiB of a RIFF file");
    return POLYCODEC_FAIL;
  }
  // Behind libwebp's RIFF header, at `room_`, stands VP8X if the picture has an alpha chunk.
  const uint8_t* first = start_ + room_ + kRiffBytes;
  const bool extended = std::memcmp(first, "VP8X", 4) == 0;
  const bool lossless = std::memcmp(first, "VP8L", 4) == 0;
  uint8_t flags = extended ? first[kChunkBytes] : 0;
  // VP8L says itself whether its alpha is used: bit 28 behind the signature (RFC 9649, 3.4).
  if (lossless && (first[kChunkBytes + 4] & 0x10) != 0) flags |= kHasAlpha;
  if (!icc_.empty()) flags |= kHasIcc;
  if (!exif_.empty()) flags |= kHasExif;
  if (!xmp_.empty()) flags |= kHasXmp;
  if (extended) {
    // Ours takes its place.
    std::memmove(start_ + room_ + kRiffBytes, first + kVp8xBytes, size_ - (room_ + kRiffBytes + kVp8xBytes));
    size_ -= kVp8xBytes;
  }
  if (!AppendChunk("EXIF", exif_) || !AppendChunk("XMP ", xmp_)) {
    host->message(task_.call, "no memory for the metadata");
    return POLYCODEC_OUT_OF_MEMORY;
  }
  uint8_t vp8x[kVp8xBytes - kChunkBytes] = {flags, 0, 0, 0};
  PutU24(vp8x + 4, width - 1);
  PutU24(vp8x + 7, height - 1);
  std::memcpy(start_, "RIFF", 4);
  PutU32(start_ + 4, static_cast<uint32_t>(size_ - kChunkBytes));
  std::memcpy(start_ + 8, "WEBP", 4);
  uint8_t* to = PutChunk(start_ + kRiffBytes, "VP8X", vp8x);
  if (!icc_.empty()) PutChunk(to, "ICCP", icc_);
  host->sink_finish(task_.call, size_);
  return POLYCODEC_SUCCESS;
}

}  // namespace polycodec::webp
