#include "jpeg2k_quality.hpp"

#include <algorithm>
#include <cmath>

#include <polycodec.hpp>

#include "jpeg2k_failure.hpp"

namespace polycodec::jpeg2k {
namespace {

// In the order of core's QUALITY_TYPES.
enum Type { kDefault, kLossless, kQuality, kQuantizationStep, kPsnr, kSizeRatio };

// JPEG's quality scales its tables by 50/q below 50, by 2 - q/50 above (libjpeg's jpeg_quality_scaling). The same scale on
// one step for all gives pictures of about JPEG's quality: 28 is what it is at 50, of 255.
constexpr double kStepAt50 = 28, kLeastStep = 0.5;

// A uniform quantiser of step d, full scale being 1, has the mean square error d^2 / 12.
double PsnrOf(double step) { return 20 * std::log10(std::sqrt(12.0) / step); }

}  // namespace

Quality ReadQuality(const polycodec_encode_task& task) {
  const Params params(task.params);
  const double value = params.Number("qualityValue", 0);
  Quality quality;
  switch (static_cast<int>(params.Number("qualityType", kDefault))) {
    case kDefault: case kLossless: return quality;
    case kQuality: {
      const double q = std::clamp(value, 1.0, 100.0);
      const double scale = q < 50 ? 50 / q : 2 - q / 50;
      quality.psnr = PsnrOf(std::max(kLeastStep, scale * kStepAt50) / 255);
      break;
    }
    case kQuantizationStep:
      quality.psnr = PsnrOf(value / (std::ldexp(1.0, static_cast<int>(task.input.precision)) - 1));
      break;
    case kPsnr: quality.psnr = value; break;
    case kSizeRatio: quality.ratio = value; break;
    default: Fail(POLYCODEC_QUALITY_TYPE_UNSUPPORTED, "a quality type that nobody defined");
  }
  quality.isReversible = false;
  return quality;
}

}  // namespace polycodec::jpeg2k
