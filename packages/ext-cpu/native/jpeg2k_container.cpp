#include "jpeg2k_container.hpp"

#include <polycodec_jp2_boxes.hpp>

#include "jpeg2k_failure.hpp"

namespace polycodec::jpeg2k {
namespace {

jp2::Color ColorOf(Components::Color color) {
  switch (color) {
    case Components::Color::kGray: return jp2::Color::kGray;
    case Components::Color::kRgb: return jp2::Color::kRgb;
    case Components::Color::kYcc: return jp2::Color::kYcc;
    default: return jp2::Color::kCmyk;
  }
}

template <class Work>
auto WithFailures(Work&& work) {
  try {
    return work();
  } catch (const jp2::Problem& problem) {
    Fail(POLYCODEC_FAIL, "%s", problem.what());
  }
}

}  // namespace

std::vector<uint8_t> BeginContainer(const polycodec_encode_task& task, const Components& components, bool isHt) {
  return WithFailures([&] {
    return jp2::BeginFile(task, {.components = components.Count(), .precision = components.Precision(),
                                 .is_signed = components.IsSigned(), .has_alpha = components.HasAlpha(), .is_ht = isHt,
                                 .color = ColorOf(components.CodedColor())});
  });
}

void FinishContainer(uint8_t* file, size_t before, size_t size) { jp2::EndFile(file, before, size); }

std::vector<uint8_t> CommentSegments(const polycodec_encode_task& task) {
  return WithFailures([&] { return jp2::CommentSegments(task); });
}

size_t MainHeaderEnd(const uint8_t* codeStream, size_t size) { return jp2::MainHeaderEnd(codeStream, size); }

}  // namespace polycodec::jpeg2k
