// The headers of a JPEG (ITU-T T.81, annex B) as far as the fast decoder takes it.
//
// Whatever is unusual is refused with a reason, and libjpeg-turbo decodes the file: it knows the customs, and its
// warnings are the ones that users shall read. So this reader is short, and accepts nothing that libjpeg would warn of.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

namespace polycodec::jpeg::fast {

// A Huffman table as it stands in the file.
struct HuffmanSpec {
  bool isThere = false;
  std::array<uint8_t, 17> counts{};   // codes of each length; [0] is not used
  std::array<uint8_t, 256> symbols{}; // in order of their codes; zeros behind the last

  bool operator==(const HuffmanSpec&) const = default;
};

struct QuantizationSpec {
  bool isThere = false;
  std::array<uint16_t, 64> values{};  // in zigzag order
};

struct ComponentSpec {
  uint8_t id, horizontal, vertical, quantization;
};

// One scan's header (T.81, B.2.3).
struct ScanSpec {
  unsigned count = 0;
  struct {
    uint8_t component, dc, ac;  // indices
  } parts[3];
  unsigned spectralStart = 0, spectralEnd = 63, approximationHigh = 0, approximationLow = 0;
};

enum class Coding { kGray, kYcc, kRgb };

inline constexpr uint8_t kSoi = 0xd8, kEoi = 0xd9, kRst0 = 0xd0, kRst7 = 0xd7;

// Reads marker segments one after the other; keeps what they say.
struct Header {
  bool progressive = false;
  uint32_t width = 0, height = 0;
  unsigned count = 0;  // components: 1 or 3; 0 before the frame header
  ComponentSpec components[3];
  Coding coding = Coding::kGray;  // valid once a scan has been reached
  uint32_t restartInterval = 0;   // MCUs; 0: none
  std::array<QuantizationSpec, 4> quantization;
  std::array<HuffmanSpec, 4> dc, ac;
  ScanSpec scan;

  // Begins a file. Null, or why it is not for the fast decoder.
  const char* Begin(std::span<const uint8_t> file);
  // Reads on, from `at`, up to the data of the next scan, where `at` is left. `isEnd`: to the end of the image instead.
  const char* ReadToScan(std::span<const uint8_t> file, size_t& at, bool& isEnd);

 private:
  bool sawJfif_ = false, sawAdobe_ = false;
  uint8_t adobeTransform_ = 0;

  const char* ReadFrame(std::span<const uint8_t> segment);
  const char* ReadQuantization(std::span<const uint8_t> segment);
  const char* ReadHuffman(std::span<const uint8_t> segment);
  const char* ReadScan(std::span<const uint8_t> segment);
  const char* ReadApplication(uint8_t marker, std::span<const uint8_t> segment);
  const char* DecideCoding();
};

// From the coded order of coefficients to row by row (T.81, figure 5).
inline constexpr uint8_t kNaturalOrder[64] = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48, 41, 34, 27, 20, 13, 6,  7,  14, 21, 28,
    35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23, 30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

}  // namespace polycodec::jpeg::fast
