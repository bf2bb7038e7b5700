// From an image's pixels to the components of a code stream: order, colour, coarser chroma.
#pragma once

#include <cstdint>
#include <vector>

#include <polycodec.h>

namespace polycodec::jpeg2k {

// How an image is coded: decided from the input's layout and the parameters.
class Components {
 public:
  // Throws Failure when the image cannot be coded as the parameters ask.
  explicit Components(const polycodec_encode_task& task);

  enum class Color { kGray, kRgb, kYcc, kCmyk };
  struct Shape {
    uint32_t dx, dy, width, height;
  };

  uint32_t Count() const { return static_cast<uint32_t>(shapes_.size()); }
  const Shape& Of(uint32_t component) const { return shapes_[component]; }
  uint32_t Precision() const { return precision_; }
  bool IsSigned() const { return isSigned_; }
  Color CodedColor() const { return color_; }
  bool HasAlpha() const { return hasAlpha_; }
  // Are all components as fine as the picture?
  bool AreEquallyFine() const { return stepX_ == 1 && stepY_ == 1; }

  // Writes row `row` of a component: `Of(component).width` samples.
  void ReadRow(uint32_t component, uint32_t row, int32_t* samples);

 private:
  enum class Conversion { kNone, kRgbToGray, kRgbToYcc };

  void LoadSource(uint32_t source, uint32_t y, int32_t* samples) const;
  void LoadFine(uint32_t component, uint32_t y, int32_t* samples);

  const polycodec_encode_task& task_;
  std::vector<Shape> shapes_;
  uint32_t sources_[4] = {0, 1, 2, 3};  // the input's channel for each coded one, as far as these differ
  uint32_t precision_, stepX_ = 1, stepY_ = 1;
  bool isSigned_, hasAlpha_ = false;
  Color color_ = Color::kRgb;
  Conversion conversion_ = Conversion::kNone;
  std::vector<int32_t> rgb_, fine_;
  std::vector<int64_t> sums_;
};

}  // namespace polycodec::jpeg2k
