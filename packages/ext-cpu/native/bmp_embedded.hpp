// A whole JPEG or PNG in place of a BMP's pixels.
#pragma once

#include <polycodec.h>

#include "bmp_header.hpp"
#include "jpeg_decode.hpp"
#include "png_decode.hpp"

namespace polycodec::bmp {

polycodec_status DecodeEmbeddedJpeg(jpeg::DecodeWorker& worker, const polycodec_decode_task& task,
                                    const Header& header);
polycodec_status DecodeEmbeddedPng(png::DecodeWorker& worker, const polycodec_decode_task& task, const Header& header);

}  // namespace polycodec::bmp
