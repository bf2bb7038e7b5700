#include "jpeg_deep_restart.hpp"

#include "jpeg_deep_error.hpp"

namespace polycodec::jpegdeep {

bool RestartMarkers::Pass(BitReader& bits, uint32_t row, uint32_t rows) {
  const uint8_t* at = bits.FindMarker();
  if (at == end_ || at[1] == kEoi) return false;
  if (at[1] != kRst0 + next_) {
    Corrupted("row %u of %u: marker FF%02X, the restart marker FF%02X expected", row, rows, at[1], kRst0 + next_);
  }
  next_ = (next_ + 1) & 7;
  bits.Restart(at + 2);
  return true;
}

void EndEarly(Image& image, const uint8_t* at, uint32_t row, uint32_t rows) {
  const polycodec_decode_task& task = *image.task;
  const bool ended = at == task.data + task.size || at[1] == kEoi;
  if (!ended) {
    Corrupted("scan %u, row %u of %u: marker FF%02X within the coded data", image.scans, row, rows, at[1]);
  }
  if (!task.allow_partial) {
    Refuse(POLYCODEC_IMAGE_TRUNCATED, "scan %u, row %u of %u: the coded data ends", image.scans, row, rows);
  }
  host->warn(task.call, "scan %u, row %u of %u: the coded data ends; what is missing is filled", image.scans, row,
             rows);
  image.isTruncated = true;
}

}  // namespace polycodec::jpegdeep
