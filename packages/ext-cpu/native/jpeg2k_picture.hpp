// From decoded components to the output's pixels: palette, coarser components, YCbCr and CMYK, depth, channel order.
#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include <polycodec.h>

#include "jpeg2k_boxes.hpp"
#include "jpeg2k_codestream.hpp"

namespace polycodec::jpeg2k {

// Samples of one component at reduced resolution. (u0, v0) is the place of its first sample in the whole component.
struct Plane {
  const int32_t* data = nullptr;
  size_t stride = 0;  // samples
  uint32_t width = 0, height = 0;
  uint32_t u0 = 0, v0 = 0;
};

// A part of the output, in its pixels.
struct Part {
  uint32_t y0, x0, y1, x1;
};

// How the output is made of components: all that does not depend on pixels. Made once for an image, used by all threads.
class Picture {
 public:
  // Throws Failure when the headers contradict the task, or the output cannot be made of them.
  Picture(const polycodec_decode_task& task, const Boxes& boxes, const CodeStream& stream);

  // Resolution levels that the decoder shall leave out; what is missing to the task's scale is averaged here.
  uint32_t Reduction() const { return reduction_; }
  // May the code stream be cut, and a part of the picture do?
  bool IsTolerant() const { return isTolerant_; }
  uint32_t Channels() const { return static_cast<uint32_t>(channels_.size()); }
  // The points of the reference grid that a part of the output needs.
  struct Area {
    uint32_t x0, y0, x1, y1;
  };
  Area AreaOf(const Part& part) const;
  // Output row that the reference grid's row `y` (a tile's edge) begins.
  uint32_t RowAt(uint32_t y) const;
  uint32_t ColumnAt(uint32_t x) const;
  // Can each output row be made of one row of every component, sample by sample?
  bool IsPlain() const { return isPlain_; }
  // Are the components' samples the output's, but for their range, to which Write brings them?
  bool IsUnconverted() const;
  // The reduced grid's row (column) at which the output begins.
  uint32_t FirstRow() const { return gridY_; }
  uint32_t FirstColumn() const { return gridX_; }

  // What one thread needs besides.
  struct Scratch {
    std::vector<int32_t> samples;
    std::vector<const int32_t*> rows;
    std::vector<int64_t> sums;
  };
  // Writes a part of the output. `planes`: one per component, covering the part's area.
  void Write(std::span<const Plane> planes, const Part& part, Scratch& scratch) const;

 private:
  struct Source {
    uint32_t component;
    int32_t column;
    uint32_t precision;
    bool isSigned;
  };
  enum class Conversion { kNone, kYccToRgb, kCmykToRgb, kRgbToGray, kCmykToGray, kToYcc, kCmykToYcc };

  const int32_t* Gather(const Source& source, std::span<const Plane> planes, uint32_t y, const Part& part,
                        int32_t* buffer, Scratch& scratch) const;
  void Convert(int32_t** rows, uint32_t width) const;
  template <typename Wide>
  void ConvertWide(int32_t** rows, uint32_t width) const;
  void ChooseChannels(const Boxes& boxes, const polycodec_layout& output);

  const polycodec_decode_task& task_;
  const CodeStream& stream_;
  const Boxes& boxes_;
  std::vector<Source> channels_;   // all of the picture's, in the order of display
  std::vector<uint32_t> sources_;  // indices of those that the output is made of, colours first
  Conversion conversion_ = Conversion::kNone;
  Color color_ = Color::kUnknown;
  // For each channel of the output: a row of `sources_` after conversion, or one of the constants below.
  static constexpr int32_t kFull = -1, kMiddle = -2;
  std::vector<int32_t> takes_;
  uint32_t reduction_ = 0, average_ = 1;
  uint32_t gridX_ = 0, gridY_ = 0;
  uint32_t precision_ = 8;
  bool signedOutput_ = false, isPlain_ = true, isTolerant_ = false;
  std::vector<uint32_t> rescale_;  // by sample of `precision_` bits; empty where nothing changes
  bool rescales_ = false;
};

}  // namespace polycodec::jpeg2k
