#include "left_out_metadata.hpp"

#include <algorithm>
#include <cstddef>

#include <polycodec.hpp>

namespace polycodec {
namespace {

const char* NameOf(int32_t kind) {
  switch (kind) {
    case POLYCODEC_METADATA_EXIF: return "EXIF";
    case POLYCODEC_METADATA_ICC_PROFILE: return "the ICC profile";
    case POLYCODEC_METADATA_XMP: return "XMP";
    case POLYCODEC_METADATA_IPTC: return "IPTC";
    case POLYCODEC_METADATA_COMMENT: return "the comment";
    default: return "metadata of an unknown kind";
  }
}

}  // namespace

void WarnOfMetadataLeftOut(const polycodec_encode_task& task, std::initializer_list<int32_t> written,
                           const char* format) {
  uint32_t warned = 0;
  for (size_t i = 0; i < task.metadata_count; ++i) {
    const int32_t kind = task.metadata[i].kind;
    const uint32_t bit = 1u << (static_cast<uint32_t>(kind) & 31);
    if ((warned & bit) != 0 || std::find(written.begin(), written.end(), kind) != written.end()) continue;
    warned |= bit;
    host->warn(task.call, "%s is left out: %s has no place for it", NameOf(kind), format);
  }
}

}  // namespace polycodec
