// What of a picture is decoded, at which sizes, and what its rows become.
#pragma once

#include <cstdint>

#include <polycodec.h>

#include "jpeg_fast_header.hpp"
#include "jpeg_fast_rows.hpp"

namespace polycodec::jpeg::fast {

// What happens to chroma between the planes and the row functions.
enum class Upsampling {
  kNone,      // full size
  kH2,        // triangle filter across, in the row function
  kH2V2,      // triangle filter in both directions, in the row pair function
  kV2,        // triangle filter down
  kRepeat,    // every sample several times
};

// What the output shows.
enum class Content {
  kFirst,      // the first component alone
  kLumaOfRgb,  // gray out of RGB
  kColor,      // three channels of three components
  kGrayAsColor,  // the only component, three times
  kGrayAsYcc,    // the only component, and two that say nothing
};

struct PlaneGeometry {
  bool isNeeded = false;
  uint32_t horizontal = 1, vertical = 1;  // blocks in an MCU
  uint32_t size = 8;                      // pixels a side that a block becomes
  uint32_t width = 0, height = 0;         // of the picture in this component
  uint32_t RowsPerMcu() const { return vertical * size; }
};

struct Geometry {
  unsigned count = 0;
  PlaneGeometry planes[3];
  uint32_t mcusAcross = 0, mcusDown = 0;
  uint32_t mcuWidth = 0, mcuHeight = 0;  // pixels of the output
  uint32_t width = 0, height = 0;        // of the whole picture at its scale
  uint32_t x0 = 0, y0 = 0, x1 = 0, y1 = 0;  // what of it is shown
  Upsampling upsampling = Upsampling::kNone;
  uint32_t repeatAcross = 1, repeatDown = 1;  // kRepeat
  Content content = Content::kColor;
  Colors colors = Colors::kAsStored;
  Store store = Store::kThree;
  bool isReversed = false;  // planes or components in the order B, G, R
  bool hasAlphaPlane = false;

  // Rows of MCUs that must be transformed, and columns.
  uint32_t mcuRowBegin = 0, mcuRowEnd = 0, mcuColumnBegin = 0, mcuColumnEnd = 0;

  // Null, or why it is not for the fast decoder.
  const char* Plan(const Header& header, const polycodec_decode_task& task);

 private:
  const char* PlanSizes(const Header& header, uint32_t scale);
  const char* PlanChroma(uint32_t smallest);
  const char* PlanOutput(const Header& header, const polycodec_layout& output);
  const char* PlanRegion(const Header& header, const polycodec_decode_task& task);
};

}  // namespace polycodec::jpeg::fast
