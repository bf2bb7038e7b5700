#include "jpeg_eighth.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include <polycodec.hpp>

namespace polycodec::jpeg {
namespace {

// Can libjpeg's upsampling and ours not differ, because there is none? 4:2:0 chroma at 1/8 comes out of a 2x2 inverse
// DCT, which gives it luma's size.
bool IsInDomain(const jpeg_decompress_struct& info, const polycodec_decode_task& task) {
  // Below this a table that is new would cost more than it saves.
  constexpr size_t kLeastBytes = 32 * 1024;
  if (info.src->bytes_in_buffer < kLeastBytes) return false;
  if (task.scale != 8 || task.has_region || info.progressive_mode || info.arith_code || info.data_precision != 8 ||
      info.restart_interval != 0 || info.comps_in_scan != info.num_components) {
    return false;
  }
  const jpeg_component_info* const c = info.comp_info;
  if (info.num_components == 1) return info.jpeg_color_space == JCS_GRAYSCALE;
  if (info.num_components != 3 || info.jpeg_color_space != JCS_YCbCr) return false;
  const bool chromaIsPlain = c[1].h_samp_factor == 1 && c[1].v_samp_factor == 1 && c[2].h_samp_factor == 1 && c[2].v_samp_factor == 1;
  const bool lumaFits = (c[0].h_samp_factor == 1 && c[0].v_samp_factor == 1) || (c[0].h_samp_factor == 2 && c[0].v_samp_factor == 2);
  return chromaIsPlain && lumaFits;
}

// A component as this decode sees it.
struct Component {
  const HuffmanTable* dc;
  const HuffmanTable* ac;
  const UINT16* quantization;
  int previous = 0;  // DC prediction
};

// A pixel from a descaled inverse DCT value. libjpeg's table wraps beyond these bounds; such a block is left to it.
bool Level(int value, uint8_t& pixel) {
  if (value < -512 || value > 511) return false;
  pixel = static_cast<uint8_t>(std::clamp(value + 128, 0, 255));
  return true;
}

bool ReadDc(BitReader& bits, Component& component) {
  const uint64_t window = bits.window();
  const auto [size, length] = component.dc->Decode(window);
  if (length == 0) return false;
  if (size != 0) component.previous += Extend(window << length, size);
  bits.Take(length + size);
  return component.previous >= -32768 && component.previous <= 32767;
}

// Walks to the end of a block whose AC coefficients nobody wants, several at a time where they are short. A block that
// is full has no end symbol: a stride that reaches beyond its last coefficient has run into the next block and is taken
// symbol by symbol instead.
bool SkipAc(BitReader& bits, const HuffmanTable& table) {
  for (unsigned k = 0;;) {
    const HuffmanTable::Stride stride = table.Walk(bits.window());
    if (k + stride.advance() <= 63) [[likely]] {
      k += stride.advance();
      bits.Take(stride.bits());
      if (stride.isEnd() || k == 63) return true;
      continue;
    }
    const auto [value, length] = table.Decode(bits.window());
    if (length == 0) return false;
    const unsigned extra = value & 15, run = value >> 4;
    bits.Take(length + extra);
    if (extra == 0 && run != 15) return true;
    k += run + 1;
    if (k >= 63) return k == 63;
  }
}

// The mean of a block: libjpeg's jpeg_idct_1x1.
bool Mean(const Component& component, uint8_t& pixel) {
  return Level((component.previous * component.quantization[0] + 4) >> 3, pixel);
}

// libjpeg's jpeg_idct_2x2 (jidctred.c): an inverse DCT of the 8x8 block onto 2x2 pixels with the same constants in 13
// bits and the same rounding, so the same pixels. Of rows and columns only the first and the odd ones matter, and every
// coefficient goes by a factor into one of two sums of its column: so they are added up as they are read, and no block
// is ever stored.
constexpr int kColumns = 5;  // 0, 1, 3, 5, 7
constexpr int kFactor[kColumns] = {0, 29692, -10426, 6967, -5906};
constexpr int kOnce = 1 << 15;

// What coefficient k of the coded order (T.81, figure 5) adds to: the sum's index, and its factor. Sum 2c is column c's
// first row, 2c + 1 its odd rows; the last sum is of those that do not matter.
struct Term {
  uint8_t natural;  // place in the block, row by row
  uint8_t sum;
  int factor;
};
constexpr int kSums = kColumns * 2 + 1;
constexpr auto kTerms = [] {
  std::array<Term, 64> terms{};
  constexpr int kPlace[8] = {0, 1, -1, 2, -1, 3, -1, 4};
  for (int k = 0, row = 0, column = 0; k < 64; ++k) {
    const int r = kPlace[row], c = kPlace[column];
    const auto natural = static_cast<uint8_t>(row * 8 + column);
    if (r < 0 || c < 0) terms[k] = {natural, kSums - 1, 0};
    else if (r == 0) terms[k] = {natural, static_cast<uint8_t>(c * 2), kOnce};
    else terms[k] = {natural, static_cast<uint8_t>(c * 2 + 1), kFactor[r]};
    // Along the diagonals: up and to the right where row + column is even, else down and to the left.
    if ((row + column) % 2 == 0) {
      if (column == 7) ++row;
      else if (row == 0) ++column;
      else --row, ++column;
    } else {
      if (row == 7) ++column;
      else if (column == 0) ++row;
      else ++row, --column;
    }
  }
  return terms;
}();

// Reads a block, whose DC has been read, into 2x2 pixels. libjpeg's SIMD works in 16 bits and wraps where values leave
// them; no picture comes near, and a block that does is left to it.
bool ReadQuarters(BitReader& bits, const Component& component, uint8_t* top, uint8_t* bottom) {
  constexpr int kMostCoefficient = 4000, kMostWork = 16000;
  int sums[kSums] = {};
  const auto add = [&](unsigned k, int value) {
    const int coefficient = value * component.quantization[kTerms[k].natural];
    sums[kTerms[k].sum] += coefficient * kTerms[k].factor;
    return coefficient >= -kMostCoefficient && coefficient <= kMostCoefficient;
  };
  if (!add(0, component.previous)) return false;
  for (unsigned k = 0; k < 63;) {
    const HuffmanTable::Coefficient look = component.ac->Look(bits.window());
    if (look.bits != 0) [[likely]] {
      k += look.run + 1;
      bits.Take(look.bits);
      if (k > 63 || !add(k, look.value)) return false;
      continue;
    }
    const uint64_t window = bits.window();
    const auto [value, length] = component.ac->Decode(window);
    if (length == 0) return false;
    const unsigned extra = value & 15, run = value >> 4;
    bits.Take(length + extra);
    if (extra == 0 && run != 15) break;
    k += run + 1;
    if (k > 63 || (extra != 0 && !add(k, Extend(window << length, extra)))) return false;
  }
  uint8_t* const rows[2] = {top, bottom};
  for (int y = 0; y < 2; ++y) {
    int odd = 0, mean = 0;
    for (int c = 0; c < kColumns; ++c) {
      const int work = (sums[2 * c] + (y == 0 ? sums[2 * c + 1] : -sums[2 * c + 1]) + (1 << 12)) >> 13;
      if (work < -kMostWork || work > kMostWork) return false;
      if (c == 0) mean = work * kOnce;
      odd += work * kFactor[c];
    }
    if (!Level((mean + odd + (1 << 19)) >> 20, rows[y][0]) || !Level((mean - odd + (1 << 19)) >> 20, rows[y][1])) {
      return false;
    }
  }
  return true;
}

uint8_t Clamp(int value) { return static_cast<uint8_t>(std::clamp(value, 0, 255)); }

// A row of pixels in the colours that libjpeg would have been asked for. JFIF 1.02, with libjpeg's rounding.
void WriteRow(const uint8_t* y, const uint8_t* cb, const uint8_t* cr, uint8_t* to, uint32_t width, J_COLOR_SPACE colors) {
  if (colors == JCS_GRAYSCALE) {
    std::memcpy(to, y, width);
    return;
  }
  const unsigned step = colors == JCS_EXT_RGBA ? 4 : 3;
  const unsigned red = colors == JCS_EXT_BGR ? 2 : 0;
  for (uint32_t x = 0; x < width; ++x, to += step) {
    if (colors == JCS_YCbCr) {
      to[0] = y[x], to[1] = cb[x], to[2] = cr[x];
      continue;
    }
    const int u = cb != nullptr ? cb[x] - 128 : 0;
    const int v = cr != nullptr ? cr[x] - 128 : 0;
    to[red] = Clamp(y[x] + ((91881 * v + 32768) >> 16));
    to[1] = Clamp(y[x] + ((-22554 * u - 46802 * v + 32768) >> 16));
    to[2 - red] = Clamp(y[x] + ((116130 * u + 32768) >> 16));
    if (step == 4) to[3] = 255;
  }
}

}  // namespace

bool DecodeEighth(Decompressor& decompressor, const polycodec_decode_task& task, EighthScratch& scratch) {
  const jpeg_decompress_struct& info = decompressor.info;
  const J_COLOR_SPACE colors = decompressor.plan.colors;
  if (!IsInDomain(info, task)) return false;
  const bool wanted = colors == JCS_GRAYSCALE || colors == JCS_RGB || colors == JCS_EXT_BGR || colors == JCS_EXT_RGBA ||
                      (colors == JCS_YCbCr && info.num_components == 3);
  if (!wanted) return false;
  const std::span<const uint8_t> coded{info.src->next_input_byte, info.src->bytes_in_buffer};
  if (!CleanInto(scratch.scan, coded) || coded[scratch.scan.end + 1] != 0xd9) return false;

  Component components[3];
  for (int i = 0; i < info.num_components; ++i) {
    const jpeg_component_info& c = info.comp_info[i];
    const JHUFF_TBL* dc = info.dc_huff_tbl_ptrs[c.dc_tbl_no];
    const JHUFF_TBL* ac = info.ac_huff_tbl_ptrs[c.ac_tbl_no];
    const JQUANT_TBL* quantization = info.quant_tbl_ptrs[c.quant_tbl_no];
    if (dc == nullptr || ac == nullptr || quantization == nullptr || info.cur_comp_info[i] != &c) return false;
    if (!scratch.dc[c.dc_tbl_no].Build(*dc, true) || !scratch.ac[c.ac_tbl_no].Build(*ac, false)) return false;
    components[i] = {&scratch.dc[c.dc_tbl_no], &scratch.ac[c.ac_tbl_no], quantization->quantval};
  }

  const bool isGray = info.num_components == 1;
  const uint32_t side = isGray ? 1 : info.comp_info[0].h_samp_factor;  // luma blocks along an MCU's side
  const uint32_t mcuPixels = 8 * side;
  const uint32_t across = (info.image_width + mcuPixels - 1) / mcuPixels;
  const uint32_t down = (info.image_height + mcuPixels - 1) / mcuPixels;
  const uint32_t width = (info.image_width + 7) / 8, height = (info.image_height + 7) / 8;
  if (task.output.width != width || task.output.height != height) return false;
  const size_t stride = size_t{across} * side;
  scratch.planes.resize(stride * side * 3);
  uint8_t* const luma = scratch.planes.data();
  uint8_t* const chroma[2] = {luma + stride * side, luma + stride * side * 2};

  decompressor.rows.Begin(decompressor.plan, task.output, task.pixels, width, 0);
  BitReader bits(scratch.scan.bytes.data(), scratch.scan.size);
  for (uint32_t row = 0; row < down; ++row) {
    if (host->cancelled(task.call)) return false;  // libjpeg's loop says so in the usual way
    for (uint32_t column = 0; column < across; ++column) {
      for (uint32_t block = 0; block < side * side; ++block) {
        uint8_t& pixel = luma[block / side * stride + column * side + block % side];
        if (!ReadDc(bits, components[0]) || !SkipAc(bits, *components[0].ac) || !Mean(components[0], pixel)) return false;
      }
      for (int i = 1; i < info.num_components; ++i) {
        Component& component = components[i];
        if (!ReadDc(bits, component)) return false;
        uint8_t* const plane = chroma[i - 1];
        if (side == 1) {
          if (!SkipAc(bits, *component.ac) || !Mean(component, plane[column])) return false;
          continue;
        }
        if (!ReadQuarters(bits, component, plane + column * 2, plane + stride + column * 2)) return false;
      }
      if (bits.IsPastEnd()) return false;
    }
    const uint32_t first = row * side;
    const uint32_t count = std::min(side, height - first);
    JSAMPARRAY rows = decompressor.rows.Rows(first, count);
    for (uint32_t y = 0; y < count; ++y) {
      WriteRow(luma + y * stride, isGray ? nullptr : chroma[0] + y * stride, isGray ? nullptr : chroma[1] + y * stride, rows[y], width, colors);
    }
    decompressor.rows.Finish(first, count);
  }
  // All of the data, and no more than a byte's padding, has been used: else libjpeg has something to say.
  return scratch.scan.size * 8 - bits.position() < 8;
}

}  // namespace polycodec::jpeg
