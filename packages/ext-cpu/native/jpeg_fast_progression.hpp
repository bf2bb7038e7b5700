// What scans a progressive file has (T.81, annex G), read before any of them is decoded.
//
// A scan sends some bits of some coefficients: spectral selection says which coefficients, successive approximation
// which bits. Here their headers are held against the order that T.81 prescribes, and the places of their data are
// found, so that all scans can be decoded side by side: see jpeg_fast_progressive.hpp.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "jpeg_fast_geometry.hpp"
#include "jpeg_fast_header.hpp"
#include "jpeg_fast_tables.hpp"

namespace polycodec::jpeg::fast {

struct ProgressiveScan {
  ScanSpec spec;
  uint32_t restartInterval = 0;
  std::span<const uint8_t> coded;    // its data, and the marker behind it
  std::array<HuffmanCode, 3> codes;  // by part of the scan; not built for what refines DC, which has no codes
  bool isNeeded = true;              // for the pixels that are asked for

  bool isDc() const { return spec.spectralStart == 0; }
  bool isRefinement() const { return spec.approximationHigh != 0; }
};

class Progression {
 public:
  // Scans of sane encoders: ten, or some more.
  static constexpr size_t kMostScans = 32;

  // Reads the headers of all scans; `header` has just read the first one's, and `at` is where its data begins. Null, or
  // what is irregular. Irregular is also what lacks bits of a coefficient at the end: libjpeg smooths such pictures.
  const char* Read(Header& header, std::span<const uint8_t> file, size_t at);

  // Leaves out the scans of which no coefficient is looked at, for the picture is made smaller, or gray.
  void ChooseNeeded(const Geometry& geometry);

  std::span<ProgressiveScan> scans() { return {scans_.data(), count_}; }
  // As it stood when the component's first scan began, which is when libjpeg looks.
  const QuantizationSpec& quantization(unsigned component) const { return quantization_[component]; }

 private:
  const char* AddScan(const Header& header);
  const char* Follow(const Header& header);
  const char* FindEnd(std::span<const uint8_t> file, size_t begin, size_t& end);

  std::vector<ProgressiveScan> scans_;  // never shrunk: a scan is a few kilobytes
  size_t count_ = 0;
  std::array<QuantizationSpec, 3> quantization_;
  // By component and coefficient: how many low bits are still to come; kNothing: all.
  static constexpr uint8_t kNothing = 255;
  std::array<std::array<uint8_t, 64>, 3> missing_;
};

}  // namespace polycodec::jpeg::fast
