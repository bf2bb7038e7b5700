// What a JPEG's headers say of a deep image (lossless, or 12 bits a sample), and where its samples are kept.
#pragma once

#include <polycodec.h>

#include <array>
#include <cstdint>
#include <vector>

#include "jpeg_deep_huffman.hpp"

namespace polycodec::jpegdeep {

// Second bytes of markers (ITU-T T.81, table B.1).
enum Marker : uint8_t {
  kSof0 = 0xc0,
  kSof1 = 0xc1,
  kSof2 = 0xc2,
  kSof3 = 0xc3,
  kDht = 0xc4,
  kJpg = 0xc8,
  kDac = 0xcc,
  kSof15 = 0xcf,
  kRst0 = 0xd0,
  kRst7 = 0xd7,
  kSoi = 0xd8,
  kEoi = 0xd9,
  kSos = 0xda,
  kDqt = 0xdb,
  kDri = 0xdd,
  kApp0 = 0xe0,
  kApp14 = 0xee,
  kTem = 0x01,
};

constexpr uint32_t kBlockSize = 8;
constexpr uint32_t kBlockSamples = 64;

// The coefficient of a block that is the n-th in coded order (T.81, figure A.6).
inline constexpr std::array<uint8_t, kBlockSamples> kZigzag = {
    0,  1,  8,  16, 9,  2,  3,  10, 17, 24, 32, 25, 18, 11, 4,  5,  12, 19, 26, 33, 40, 48,
    41, 34, 27, 20, 13, 6,  7,  14, 21, 28, 35, 42, 49, 56, 57, 50, 43, 36, 29, 22, 15, 23,
    30, 37, 44, 51, 58, 59, 52, 45, 38, 31, 39, 46, 53, 60, 61, 54, 47, 55, 62, 63};

constexpr uint32_t DivideUp(uint32_t value, uint32_t by) { return value / by + (value % by != 0); }

// One component. A lossless one is kept as rows of samples, the other kind as blocks of 8 by 8: first coefficients (as
// int16), later, in the same place, samples. Two bytes each.
struct Component {
  uint8_t id = 0;
  uint8_t h = 1, v = 1;  // sampling factors
  uint8_t quantTable = 0;
  uint32_t width = 0, height = 0;             // samples of the picture
  uint32_t unitsAcross = 0, unitsDown = 0;    // data units (samples, blocks) of the picture
  uint32_t paddedAcross = 0, paddedDown = 0;  // with those that fill up the last MCUs
  std::vector<uint16_t> storage;
  std::array<uint16_t, kBlockSamples> quantization{};  // as of its first scan, in natural order
  bool hasQuantization = false;
  uint32_t rowsDone = 0;                    // rows of data units
  uint32_t neededBegin = 0, neededEnd = 0;  // those that the task's region asks for
};

struct Frame {
  uint8_t process = 0;  // second byte of its SOF marker
  uint32_t precision = 0, width = 0, height = 0;
  uint32_t hMax = 1, vMax = 1;
  uint32_t mcusAcross = 0, mcusDown = 0;  // of a scan of all components
  std::vector<Component> components;      // 1 to 4
  bool IsLossless() const { return process == kSof3; }
};

struct Scan {
  uint32_t count = 0;
  std::array<uint8_t, 4> component{};  // places in Frame::components
  std::array<uint8_t, 4> dcTable{}, acTable{};
  uint32_t start = 0, end = 0;  // of the spectral selection; lossless: start is the predictor
  uint32_t high = 0, low = 0;   // of the successive approximation; lossless: low is the point transform
};

// The colours that the components are coded in.
enum class Coded { kGray, kTwo, kRgb, kYcc, kCmyk, kYcck };

// A file on its way.
struct Image {
  const polycodec_decode_task* task = nullptr;
  Frame frame;
  std::array<HuffmanDecoder, 4> dcTables, acTables;
  std::array<std::array<uint16_t, kBlockSamples>, 4> quantTables{};
  std::array<bool, 4> quantDefined{};
  uint32_t restartInterval = 0;
  uint32_t scans = 0;
  bool isJfif = false;
  int adobeTransform = -1;   // -1: no Adobe marker
  bool isTruncated = false;  // the coded data ended early; allowed, and warned of
  Coded CodedColors() const;
};

// Reads the file: its headers, and of the scans as many rows as are needed into the components' storage. Throws
// Refusal. The samples of blocks are still coefficients afterwards.
void ReadImage(Image& image);

// The scans' decoders. Each reads one scan's data from `at` and returns where the next marker is sought.
const uint8_t* DecodeLosslessScan(Image& image, const Scan& scan, const uint8_t* at);
const uint8_t* DecodeDctScan(Image& image, const Scan& scan, const uint8_t* at);

// Turns the coefficients of the needed blocks into samples, on several threads.
void TransformBlocks(Image& image);

// Writes the task's part of the picture in the task's layout, on several threads.
void WriteOutput(Image& image);

}  // namespace polycodec::jpegdeep
