/* From a task and the coded picture to what the library is asked for, tile by tile, and what is left to be done with it. */
#pragma once

#include <array>
#include <vector>

#include <polycodec_cuda_pixels.hpp>

#include "coded_picture.hpp"
#include "nvjpeg2k_api.hpp"

namespace polycodec::nvjpeg2k {

struct Area {
  uint32_t x0 = 0, y0 = 0, x1 = 0, y1 = 0;
};

/* A call of nvjpeg2kDecodeTile. */
struct TilePlan {
  uint32_t tile;
  Area area;      // of the picture, inside the tile; all 0: the whole tile
  uint32_t x, y;  // where its pixels begin in what the library writes
};

struct DecodePlan {
  bool tile_by_tile = false;  // else nvjpeg2kDecodeImage, for the one tile
  std::vector<TilePlan> tiles;
  uint32_t left_out = 0;  // resolutions: the picture is 1 / (1 << left_out) of the coded one

  ImageFormat format = ImageFormat::kInterleaved;
  PixelType pixel_type = PixelType::kUint8;
  bool to_rgb = false;                               // from sYCC
  uint32_t components = 3;
  std::array<uint32_t, 4> plane_of{0, 1, 2, 3};      // the output's, by component
  cuda::Produced produced;
};

/* Throws cuda::Failure with the status of what cannot be asked for. */
DecodePlan PlanDecode(const polycodec_decode_task& task, const CodedPicture& coded);

}  // namespace polycodec::nvjpeg2k
