#include "resample_axis.hpp"

#include <algorithm>
#include <cmath>
#include <new>

namespace polycodec::resample {
namespace {

constexpr double kPi = 3.14159265358979323846;

double Sinc(double x) { return x == 0.0 ? 1.0 : std::sin(x * kPi) / (x * kPi); }

/* Half the width of the filter's window, in source pixels when nothing is reduced. */
double SupportOf(Filter filter) {
  switch (filter) {
    case Filter::kBilinear: return 1.0;
    case Filter::kBicubic: return 2.0;
    case Filter::kLanczos3: return 3.0;
    default: return 0.5;
  }
}

double WeightAt(Filter filter, double x) {
  switch (filter) {
    case Filter::kBilinear: return std::fabs(x) < 1.0 ? 1.0 - std::fabs(x) : 0.0;
    case Filter::kBicubic: { /* Keys' cubic with a = -0.5 */
      constexpr double a = -0.5;
      x = std::fabs(x);
      if (x < 1.0) return ((a + 2.0) * x - (a + 3.0)) * x * x + 1;
      return x < 2.0 ? (((x - 5) * x + 8) * x - 4) * a : 0.0;
    }
    case Filter::kLanczos3: return -3.0 <= x && x < 3.0 ? Sinc(x) * Sinc(x / 3) : 0.0;
    default: return x > -0.5 && x <= 0.5 ? 1.0 : 0.0;
  }
}

int32_t Rounded(double weight) {
  const double scaled = weight * (1 << kFraction);
  return static_cast<int32_t>(weight < 0 ? scaled - 0.5 : scaled + 0.5);
}

/* How a target sees its source. */
struct Geometry {
  double scale, support;
  Geometry(uint32_t from, uint32_t to, Filter filter)
      : scale(static_cast<double>(from) / to), support(SupportOf(filter) * std::max(scale, 1.0)) {}
};

/* The source elements that one target needs. */
struct Reach {
  uint32_t first, count;
  double center;
};

/* Goes through the targets of a part of an axis. */
class Targets {
 public:
  Targets(uint32_t from, uint32_t to, Filter filter, uint32_t start)
      : geometry_(from, to, filter), from_(from), nearest_(filter == Filter::kNearest), target_(start),
        place_(geometry_.scale * 0.5) {
    for (uint32_t i = 0; nearest_ && i < start; i++) place_ += geometry_.scale;
  }

  Reach Next() {
    const double center = (target_++ + 0.5) * geometry_.scale;
    auto first = static_cast<int64_t>(nearest_ ? place_ : center - geometry_.support + 0.5);
    int64_t last = nearest_ ? first + 1 : static_cast<int64_t>(center + geometry_.support + 0.5);
    place_ += geometry_.scale;
    first = std::clamp<int64_t>(first, 0, from_ - 1);
    last = std::clamp<int64_t>(last, first + 1, from_);
    return {static_cast<uint32_t>(first), static_cast<uint32_t>(last - first), center};
  }

  double scale() const { return geometry_.scale; }

 private:
  const Geometry geometry_;
  const uint32_t from_;
  const bool nearest_;
  uint32_t target_;
  double place_; /* Pillow's nearest adds up the places, and lands elsewhere now and then than by multiplying */
};

uint32_t Blocks(uint32_t count) { return (count + kAxisBlock - 1) / kAxisBlock * kAxisBlock; }

template <typename T>
bool Allocate(std::unique_ptr<T[]>& memory, size_t count) {
  memory.reset(new (std::nothrow) T[count]());
  return memory != nullptr;
}

}  // namespace

uint64_t AxisBytes(uint32_t from, uint32_t to, Filter filter, uint32_t count) noexcept {
  const double taps = std::min<double>(std::ceil(Geometry(from, to, filter).support) * 2 + 1, from) + kAxisBlock;
  return (uint64_t{count} + kAxisBlock) * (sizeof(uint32_t) + static_cast<uint64_t>(taps) * 8);
}

bool MakeAxis(uint32_t from, uint32_t to, Filter filter, uint32_t start, uint32_t count, Axis& axis) noexcept {
  axis.size = count;
  axis.begin = from;
  Targets sizes(from, to, filter, start);
  for (uint32_t i = 0; i < count; i++) {
    const Reach reach = sizes.Next();
    axis.taps = std::max(axis.taps, reach.count);
    axis.begin = std::min(axis.begin, reach.first);
    axis.end = std::max(axis.end, reach.first + reach.count);
  }
  axis.taps = Blocks(axis.taps);

  const uint32_t outputs = Blocks(count);
  const size_t all = size_t{outputs} * axis.taps;
  std::unique_ptr<double[]> exact;
  if (!Allocate(axis.first, outputs) || !Allocate(axis.weights, all) || !Allocate(axis.high, all) ||
      !Allocate(axis.low, all) || !Allocate(exact, axis.taps)) {
    return false;
  }
  Targets targets(from, to, filter, start);
  const double reduction = std::max(targets.scale(), 1.0);
  const uint32_t there = axis.end - axis.begin;
  for (uint32_t i = 0; i < count; i++) {
    const Reach reach = targets.Next();
    double sum = 0;
    for (uint32_t t = 0; t < reach.count; t++) {
      const double distance = reach.first + t - reach.center + 0.5;
      exact[t] = filter == Filter::kNearest ? 1.0 : WeightAt(filter, distance * (1.0 / reduction));
      sum += exact[t];
    }
    /* A window of all taps must not reach past the source: near its end it begins earlier, with weights of 0. */
    const uint32_t first = reach.first - axis.begin;
    axis.first[i] = std::min(first, there > axis.taps ? there - axis.taps : 0);
    int32_t* weights = &axis.weights[size_t{i} * axis.taps + (first - axis.first[i])];
    for (uint32_t t = 0; t < reach.count; t++) weights[t] = Rounded(sum != 0 ? exact[t] / sum : exact[t]);
  }
  for (uint32_t i = count; i < outputs; i++) axis.first[i] = axis.first[count - 1];
  for (size_t i = 0; i < all; i++) {
    axis.high[i] = static_cast<int16_t>(axis.weights[i] >> kLowBits);
    axis.low[i] = static_cast<int16_t>(axis.weights[i] & ((1 << kLowBits) - 1));
  }
  return true;
}

}  // namespace polycodec::resample
