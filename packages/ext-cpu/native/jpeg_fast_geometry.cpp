#include "jpeg_fast_geometry.hpp"

#include <algorithm>

namespace polycodec::jpeg::fast {
namespace {

uint32_t Ceil(uint64_t value, uint32_t by) { return static_cast<uint32_t>((value + by - 1) / by); }

// T.81, B.2.3.
constexpr uint32_t kMostBlocksPerMcu = 10;

}  // namespace

const char* Geometry::Plan(const Header& header, const polycodec_decode_task& task) {
  *this = {};
  if (task.orientation > 1) return "orientation";
  if (task.scale != 1 && task.scale != 2 && task.scale != 4 && task.scale != 8) return "scale";
  const char* reason = PlanSizes(header, task.scale);
  if (reason == nullptr) reason = PlanOutput(header, task.output);
  if (reason == nullptr) reason = PlanRegion(header, task);
  return reason;
}

// libjpeg's jpeg_calc_output_dimensions: at a reduced scale a block becomes smaller, and a subsampled component's blocks
// stay larger by powers of two, as far as both directions allow, so that less is left to upsampling.
const char* Geometry::PlanSizes(const Header& header, uint32_t scale) {
  count = header.count;
  const uint32_t smallest = 8 / scale;
  uint32_t mostAcross = 1, mostDown = 1, blocks = 0;
  for (unsigned i = 0; i < count; ++i) {
    PlaneGeometry& plane = planes[i];
    // The MCU of a single component is its block, whatever its sampling factors.
    plane.horizontal = count == 1 ? 1 : header.components[i].horizontal;
    plane.vertical = count == 1 ? 1 : header.components[i].vertical;
    mostAcross = std::max(mostAcross, plane.horizontal);
    mostDown = std::max(mostDown, plane.vertical);
    blocks += plane.horizontal * plane.vertical;
  }
  if (count > 1 && blocks > kMostBlocksPerMcu) return "sampling factors";
  if (planes[0].horizontal != mostAcross || planes[0].vertical != mostDown) return "sampling factors";
  if (count == 3 && (planes[1].horizontal != planes[2].horizontal || planes[1].vertical != planes[2].vertical)) return "sampling factors";
  mcuWidth = mostAcross * smallest;
  mcuHeight = mostDown * smallest;
  mcusAcross = Ceil(header.width, 8 * mostAcross);
  mcusDown = Ceil(header.height, 8 * mostDown);
  width = Ceil(header.width, scale);
  height = Ceil(header.height, scale);
  for (unsigned i = 0; i < count; ++i) {
    PlaneGeometry& plane = planes[i];
    plane.size = smallest;
    while (plane.size < 8 && mcuWidth % (plane.horizontal * plane.size * 2) == 0 && mcuHeight % (plane.vertical * plane.size * 2) == 0) {
      plane.size *= 2;
    }
    plane.width = Ceil(uint64_t{header.width} * plane.horizontal * plane.size, 8 * mostAcross);
    plane.height = Ceil(uint64_t{header.height} * plane.vertical * plane.size, 8 * mostDown);
  }
  return count == 3 ? PlanChroma(smallest) : nullptr;
}

// libjpeg's jinit_upsampler, with fancy upsampling.
const char* Geometry::PlanChroma(uint32_t smallest) {
  const PlaneGeometry& chroma = planes[1];
  const uint32_t across = chroma.horizontal * chroma.size, down = chroma.vertical * chroma.size;
  if (mcuWidth % across != 0 || mcuHeight % down != 0) return "sampling factors";
  repeatAcross = mcuWidth / across;
  repeatDown = mcuHeight / down;
  const bool isFancy = smallest > 1, isWide = chroma.width > 2;
  if (repeatAcross == 1 && repeatDown == 1) upsampling = Upsampling::kNone;
  else if (repeatAcross == 2 && repeatDown == 1 && isFancy && isWide) upsampling = Upsampling::kH2;
  else if (repeatAcross == 2 && repeatDown == 2 && isFancy && isWide) upsampling = Upsampling::kH2V2;
  else if (repeatAcross == 1 && repeatDown == 2 && isFancy) upsampling = Upsampling::kV2;
  else upsampling = Upsampling::kRepeat;
  return nullptr;
}

const char* Geometry::PlanOutput(const Header& header, const polycodec_layout& output) {
  if (output.dtype != POLYCODEC_UINT8) return "sample type";
  const bool isGray = header.coding == Coding::kGray, isRgb = header.coding == Coding::kRgb;
  const bool isPlanar = output.plane_stride != 0;
  uint32_t channels = 3;
  bool isBgr = false;
  content = isGray ? Content::kGrayAsColor : Content::kColor;
  colors = isGray || isRgb ? Colors::kAsStored : Colors::kYccToRgb;
  switch (output.sample_format) {
    case POLYCODEC_I_UNCHANGED: case POLYCODEC_P_UNCHANGED:
      if (isGray) content = Content::kFirst, channels = 1;
      break;
    case POLYCODEC_I_Y: case POLYCODEC_P_Y:
      content = isRgb ? Content::kLumaOfRgb : Content::kFirst;
      channels = 1;
      break;
    case POLYCODEC_I_RGB: case POLYCODEC_P_RGB: break;
    case POLYCODEC_I_BGR: case POLYCODEC_P_BGR: isBgr = true; break;
    case POLYCODEC_I_RGBA: case POLYCODEC_P_RGBA: channels = 4; break;
    case POLYCODEC_I_YUV: case POLYCODEC_P_YUV:
      if (isRgb) return "YCbCr of RGB";
      if (isGray) content = Content::kGrayAsYcc;
      colors = Colors::kAsStored;
      break;
    default: return "sample format";
  }
  if (output.channels != channels) return "channels";
  if (isRgb && upsampling != Upsampling::kNone) return "subsampled RGB";
  store = isPlanar ? Store::kPlanes : channels == 4 ? Store::kFour : Store::kThree;
  hasAlphaPlane = isPlanar && channels == 4;
  if (isBgr && colors == Colors::kYccToRgb && !isPlanar) colors = Colors::kYccToBgr;
  else isReversed = isBgr;
  for (unsigned i = 0; i < count; ++i) planes[i].isNeeded = i == 0 || content == Content::kColor || content == Content::kLumaOfRgb;
  // Nothing of chroma is shown: rows need not wait for their neighbours.
  if (!planes[1].isNeeded) upsampling = Upsampling::kNone;
  return nullptr;
}

const char* Geometry::PlanRegion(const Header& header, const polycodec_decode_task& task) {
  x1 = width, y1 = height;
  if (task.has_region) {
    if (task.x0 >= task.x1 || task.y0 >= task.y1 || task.x1 > width || task.y1 > height) return "region";
    x0 = task.x0, y0 = task.y0, x1 = task.x1, y1 = task.y1;
  }
  if (task.output.width != x1 - x0 || task.output.height != y1 - y0) return "size of the output";
  // Filters look one sample of chroma farther: two pixels.
  constexpr uint32_t kContext = 2;
  mcuColumnBegin = x0 > kContext ? (x0 - kContext) / mcuWidth : 0;
  mcuColumnEnd = std::min(mcusAcross, (x1 - 1 + kContext) / mcuWidth + 1);
  mcuRowBegin = y0 > kContext ? (y0 - kContext) / mcuHeight : 0;
  mcuRowEnd = (y1 - 1 + kContext) / mcuHeight + 1;
  // libjpeg reads the rows of a single component in groups of its vertical factor, and says what is missing of a group.
  if (count == 1) mcuRowEnd = Ceil(mcuRowEnd, header.components[0].vertical) * header.components[0].vertical;
  mcuRowEnd = std::min(mcusDown, mcuRowEnd);
  return nullptr;
}

}  // namespace polycodec::jpeg::fast
