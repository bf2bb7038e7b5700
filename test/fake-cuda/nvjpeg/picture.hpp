/* Pixels on the CPU, where the real library would make them on the GPU: libjpeg-turbo, and a reader of lossless JPEGs. */
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "../../../packages/ext-nvjpeg/native/nvjpeg_api.hpp"

namespace fake {

using namespace polycodec::nvjpeg;

/* What the headers say. */
struct Headers {
  int marker = 0;  // 0xc0 ...; 0: none found
  unsigned width = 0, height = 0, components = 0, precision = 0;
  unsigned sampling[4] = {};  // factors, horizontal in the high half
  unsigned scans = 0;         // in the whole stream
  Subsampling subsampling = Subsampling::kUnknown;
};
/* kBadJpeg: no JPEG, or no frame in it. */
Status ReadHeaders(const uint8_t* data, size_t size, Headers& headers);

/* Samples in interleaved rows; 16-bit ones in two bytes, lowest first. */
struct Picture {
  unsigned width = 0, height = 0, channels = 0, bytes = 1;
  std::vector<uint8_t> samples;

  const uint8_t* At(unsigned x, unsigned y) const { return samples.data() + (size_t{y} * width + x) * channels * bytes; }
};

struct DecodeRequest {
  OutputFormat format = OutputFormat::kRgbI;
  bool interpolate = false, allow_cmyk = false;
  int x = 0, y = 0, width = -1, height = -1;  // of the region; -1: no region
  int shrink = 1;
  Orientation orientation = Orientation::kNormal;
  bool swaps_quarter_turns = false;  // as before 12.2
};

Status Decode(const uint8_t* data, size_t size, const DecodeRequest& request, Picture& picture);
/* A lossless JPEG (SOF3) of one component. */
Status DecodeLossless(const uint8_t* data, size_t size, Picture& picture);

struct EncodeRequest {
  int quality = 70;
  Encoding encoding = Encoding::kBaselineDct;
  bool optimized = false;
  Subsampling subsampling = Subsampling::k444;
  unsigned restart_interval = 0;
  bool yuv = false;  // the picture's samples are YCbCr or, with one channel, gray
};
Status Encode(const Picture& picture, const EncodeRequest& request, std::vector<uint8_t>& bytes);

/* Channels of an output format in planes, or 0 for interleaved ones. */
unsigned PlanesOf(OutputFormat format, unsigned components);
/* Bytes a pixel of a row of channel[0]. */
unsigned PixelBytes(OutputFormat format, unsigned components);

}  // namespace fake
