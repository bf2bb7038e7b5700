/*
 * What the markers of a JPEG say, read again: the host's parser has read them before, but memory was planned by what it
 * found, and the library writes by what it finds. Also what the library does not tell: whether the picture ends.
 */
#pragma once

#include <cstdint>

#include <polycodec.h>

namespace polycodec::nvjpeg {

struct CodedPicture {
  int frame = 0;  // marker of the frame header: 0xc0 baseline, 0xc2 progressive, 0xc3 lossless
  uint32_t width = 0, height = 0, components = 0, precision = 0;
  uint8_t sampling[4] = {};  // factors, horizontal in the high half
  uint32_t scans = 0;        // of a progressive picture all; of others at least 1
  bool adobe = false, jfif = false;
  int adobe_transform = 0;
  bool rgb_ids = false;  // the components are called R, G and B

  /* Is every component as fine as the first? */
  bool full_resolution() const;
  /* Are the three components red, green and blue? By libjpeg's rules. */
  bool is_rgb() const;
};

/* Throws cuda::Failure unless the task's headers are these, its limits hold, and the coded data has an end. */
CodedPicture Examine(const polycodec_decode_task& task);

}  // namespace polycodec::nvjpeg
