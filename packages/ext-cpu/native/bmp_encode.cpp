#include "bmp_encode.hpp"

#include <bit>
#include <cstring>
#include <span>

#include <polycodec.hpp>

#include "layouts.hpp"
#include "left_out_metadata.hpp"

namespace polycodec::bmp {
namespace {

constexpr uint32_t kFileHeader = 14, kInfoHeader = 40, kV5Header = 124;
constexpr uint32_t kPlain = 0, kBitFields = 3;
// bV5CSType: sRGB, or a profile in the file.
constexpr uint32_t kSrgb = 0x73524742, kProfileEmbedded = 0x4d424544;
constexpr uint32_t kIntentPictures = 4;  // LCS_GM_IMAGES: perceptual

enum class Kind { kGray, kPalette, kColor, kAlpha };

void Write16(uint8_t* to, uint32_t value) {
  to[0] = static_cast<uint8_t>(value);
  to[1] = static_cast<uint8_t>(value >> 8);
}
void Write32(uint8_t* to, uint32_t value) {
  Write16(to, value);
  Write16(to + 2, value >> 16);
}

Kind KindOf(const polycodec_layout& input) {
  switch (input.channels) {
    case 1: return Kind::kGray;
    case 2: case 4: return Kind::kAlpha;
    default: return Kind::kColor;
  }
}

// In blue's order where the file has 24 bits; as numbers that count as one where pixels are looked up or moved whole.
polycodec_layout RowsOf(Kind kind, bool tryPalette) {
  if (kind == Kind::kGray) return RowLayout(POLYCODEC_I_Y, 1, POLYCODEC_UINT8, 8);
  if (kind == Kind::kAlpha || tryPalette) return RowLayout(POLYCODEC_I_RGBA, 4, POLYCODEC_UINT8, 8);
  return RowLayout(POLYCODEC_I_BGR, 3, POLYCODEC_UINT8, 8);
}

uint32_t PixelAt(const uint8_t* row, uint32_t x) {
  uint32_t pixel;
  std::memcpy(&pixel, row + size_t{x} * 4, 4);
  return pixel;
}

// Red and blue change places.
uint32_t Swapped(uint32_t pixel) { return (pixel & 0xff00ff00) | (pixel >> 16 & 0xff) | (pixel & 0xff) << 16; }

bool FindPalette(EncodeWorker& worker, const polycodec_layout& input) {
  worker.palette.Clear();
  for (uint32_t y = 0; y < input.height; ++y) {
    const uint8_t* row = worker.rows.Row(y);
    for (uint32_t x = 0; x < input.width; ++x) {
      if (worker.palette.NumberOf(PixelAt(row, x)) == Palette::kMost) return false;
    }
  }
  return true;
}

std::span<const uint8_t> ProfileOf(const polycodec_encode_task& task) {
  for (size_t i = 0; i < task.metadata_count; ++i) {
    const polycodec_metadata& piece = task.metadata[i];
    if (piece.kind == POLYCODEC_METADATA_ICC_PROFILE && piece.size != 0) return {piece.data, piece.size};
  }
  return {};
}

// Where what stands, in bytes from the start of the file.
struct Plan {
  Kind kind;
  uint32_t header, colors, stride;
  size_t pixels, profile, size;
};

Plan PlanOf(const polycodec_layout& input, Kind kind, uint32_t colors, size_t profileBytes) {
  // Only the latest header has a place for a profile, and readers believe in alpha with a mask alone.
  const uint32_t header = kind == Kind::kAlpha || profileBytes != 0 ? kV5Header : kInfoHeader;
  const uint32_t pixelBytes = kind == Kind::kAlpha ? 4 : kind == Kind::kColor ? 3 : 1;
  const uint32_t stride = (input.width * pixelBytes + 3) / 4 * 4;
  const size_t pixels = kFileHeader + header + size_t{colors} * 4, profile = pixels + size_t{stride} * input.height;
  return {kind, header, colors, stride, pixels, profile, profile + profileBytes};
}

void WriteHeaders(uint8_t* out, const polycodec_layout& input, const Plan& plan) {
  std::memset(out, 0, plan.pixels);
  const bool alpha = plan.kind == Kind::kAlpha;
  out[0] = 'B';
  out[1] = 'M';
  Write32(out + 2, static_cast<uint32_t>(plan.size));
  Write32(out + 10, static_cast<uint32_t>(plan.pixels));
  uint8_t* const info = out + kFileHeader;
  Write32(info, plan.header);
  Write32(info + 4, input.width);
  Write32(info + 8, input.height);
  Write16(info + 12, 1);  // planes
  Write16(info + 14, alpha ? 32 : plan.kind == Kind::kColor ? 24 : 8);
  Write32(info + 16, alpha ? kBitFields : kPlain);
  Write32(info + 20, static_cast<uint32_t>(plan.profile - plan.pixels));
  Write32(info + 24, 2835);  // pixels a metre: 72 an inch
  Write32(info + 28, 2835);
  Write32(info + 32, plan.colors);
  if (plan.header != kV5Header) return;
  if (alpha) {
    Write32(info + 40, 0x00ff0000);
    Write32(info + 44, 0x0000ff00);
    Write32(info + 48, 0x000000ff);
    Write32(info + 52, 0xff000000);
  }
  const size_t profileBytes = plan.size - plan.profile;
  Write32(info + 56, profileBytes != 0 ? kProfileEmbedded : kSrgb);
  Write32(info + 108, kIntentPictures);
  if (profileBytes != 0) {
    Write32(info + 112, static_cast<uint32_t>(plan.profile - kFileHeader));
    Write32(info + 116, static_cast<uint32_t>(profileBytes));
  }
}

void WriteColors(uint8_t* to, const Plan& plan, const Palette& palette) {
  for (uint32_t i = 0; i < plan.colors; ++i) {
    const uint32_t color = plan.kind == Kind::kGray ? i * 0x010101 : Swapped(palette[i]) & 0xffffff;
    Write32(to + 4 * i, color);
  }
}

void WriteRow(EncodeWorker& worker, const polycodec_layout& input, const Plan& plan, const uint8_t* row, uint8_t* to) {
  size_t bytes = worker.rows.rowBytes();
  switch (plan.kind) {
    case Kind::kPalette:
      bytes = input.width;
      for (uint32_t x = 0; x < input.width; ++x) to[x] = static_cast<uint8_t>(worker.palette.NumberOf(PixelAt(row, x)));
      break;
    case Kind::kAlpha:
      for (uint32_t x = 0; x < input.width; ++x) {
        const uint32_t pixel = Swapped(PixelAt(row, x));
        std::memcpy(to + size_t{x} * 4, &pixel, 4);
      }
      break;
    default: std::memcpy(to, row, bytes);
  }
  std::memset(to + bytes, 0, plan.stride - bytes);
}

struct Backend {
  static constexpr const char* kId = "bmp";
  static constexpr const char* kCodec = "bmp";
  using Worker = EncodeWorker;
  static polycodec_status Encode(Worker& worker, const polycodec_encode_task& task) { return bmp::Encode(worker, task); }
};

}  // namespace

static_assert(std::endian::native == std::endian::little, "pixels are written as numbers");

polycodec_status Encode(EncodeWorker& worker, const polycodec_encode_task& task) {
  const polycodec_layout& input = task.input;
  Kind kind = KindOf(input);
  const bool tryPalette = kind == Kind::kColor && Params(task.params).Flag("palette", false);
  if (const auto status = worker.rows.Begin(task, RowsOf(kind, tryPalette)); status != POLYCODEC_SUCCESS) return status;
  if (tryPalette && FindPalette(worker, input)) {
    kind = Kind::kPalette;
  } else if (tryPalette) {
    if (const auto status = worker.rows.Begin(task, RowsOf(kind, false)); status != POLYCODEC_SUCCESS) return status;
  }

  const std::span<const uint8_t> profile = ProfileOf(task);
  const uint32_t colors = kind == Kind::kGray ? 256 : kind == Kind::kPalette ? worker.palette.size() : 0;
  const Plan plan = PlanOf(input, kind, colors, profile.size());
  if (plan.size > 0x7fffffff) {
    host->message(task.call, "%zu bytes, a BMP has at most 2 GiB", plan.size);
    return POLYCODEC_RESOLUTION_UNSUPPORTED;
  }
  size_t capacity;
  uint8_t* const out = host->sink_reserve(task.call, plan.size, &capacity);
  if (out == nullptr) return POLYCODEC_OUT_OF_MEMORY;
  WriteHeaders(out, input, plan);
  WriteColors(out + kFileHeader + plan.header, plan, worker.palette);
  for (uint32_t y = 0; y < input.height; ++y) {
    if (host->cancelled(task.call)) return POLYCODEC_CANCELLED;
    const size_t place = plan.pixels + size_t{plan.stride} * (input.height - 1 - y);  // the lowest row comes first
    WriteRow(worker, input, plan, worker.rows.Row(y), out + place);
  }
  if (!profile.empty()) std::memcpy(out + plan.profile, profile.data(), profile.size());
  WarnOfMetadataLeftOut(task, {POLYCODEC_METADATA_ICC_PROFILE}, "a BMP");
  host->sink_finish(task.call, plan.size);
  return POLYCODEC_SUCCESS;
}

}  // namespace polycodec::bmp

const polycodec_encoder kBmpEncoder = polycodec::Encoder<polycodec::bmp::Backend>();
