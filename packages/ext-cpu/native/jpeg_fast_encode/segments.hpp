// The marker segments before the coded data, in libjpeg's order (T.81, annex B).
#pragma once

#include <cstdint>
#include <span>

#include <polycodec.h>

#include "code_table.hpp"
#include "output.hpp"
#include "quantization.hpp"
#include "scan_layout.hpp"

namespace polycodec::jpeg_encode {

struct FrameHeader {
  uint32_t width, height;
  Sampling sampling;
  uint32_t restartInterval;  // MCUs; 0: none
};

// SOI, JFIF's APP0, and the segments of metadata (see polycodec_jpeg_metadata.hpp).
void WriteFileStart(std::span<const uint8_t> metadata, Output& to);

// DQT, SOF0 (SOF1 where a step needs 16 bits), DHT, DRI, SOS.
void WriteHeaders(const FrameHeader& frame, const QuantTable& luma, const QuantTable& chroma,
                  const HuffmanTables& tables, Output& to);

}  // namespace polycodec::jpeg_encode
