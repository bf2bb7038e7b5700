// JPEG decoding on libjpeg-turbo: one image on one thread, whole or a region of it.
#pragma once

#include <cstdint>
#include <cstdio>
#include <memory>
#include <mutex>
#include <span>
#include <vector>

#include <jpeglib.h>
#include <polycodec.h>

#include "jpeg_error.hpp"
#include "jpeg_restart.hpp"
#include "jpeg_rows.hpp"
#include "jpeg_skip.hpp"
#include "jpeg_source.hpp"

namespace polycodec::jpeg {

struct DecodeOptions {
  bool fancyUpsampling = true;
  bool fastIdct = false;
};

// Called by libjpeg once per row of blocks it reads and once per row it hands out: ends what is cancelled or what costs
// more than the caller allows, and notes which components have been seen.
struct Watch : jpeg_progress_mgr {
  polycodec_call* call = nullptr;
  uint64_t maxScans = 0, maxScanPixels = 0;
  uint32_t componentsSeen = 0;
};

// A libjpeg decompressor with all that it points to. libjpeg's part is begun anew for each image, the rest is kept.
struct Decompressor {
  Decompressor() = default;
  ~Decompressor();
  Decompressor(const Decompressor&) = delete;
  Decompressor& operator=(const Decompressor&) = delete;

  // Makes ready for an image; the tables of the last one are gone. To be called under Guard.
  void Begin(const polycodec_decode_task& task, std::span<const uint8_t> first, std::span<const uint8_t> second = {});
  // Leaves the decompressor free of the image, whatever happened to it.
  void End();

  jpeg_decompress_struct info{};
  ErrorManager errors;
  Source source;
  Watch watch{};
  RowWriter rows;
  RowPlan plan;
  bool created = false;
};

// A decompressor for one band of an image at a time, with the header that makes a JPEG of it.
struct Band {
  Decompressor decompressor;
  std::vector<uint8_t> header;
};

// What one thread keeps.
struct DecodeWorker {
  DecodeOptions options;
  Decompressor decompressor;
  EighthScratch eighth;

  // For decoding one image in bands: those that no thread uses at the moment.
  RestartRows restarts;
  std::mutex bandsMutex;
  std::vector<std::unique_ptr<Band>> bands;
};

polycodec_status Decode(DecodeWorker& worker, const polycodec_decode_task& task);

// The steps, each under Guard.

// Reads the headers, holds them against the task, and sets what libjpeg shall produce.
void ReadHeader(Decompressor& decompressor, const polycodec_decode_task& task, const DecodeOptions& options);
// Reads rows until `end` rows of the image (at its scale) have been read; row `begin` is the output's first.
void ReadRows(Decompressor& decompressor, uint32_t begin, uint32_t end);
// Decodes the task's region; jpeg_start_decompress has been called.
void ReadRegion(Decompressor& decompressor, const polycodec_decode_task& task);

// Decodes one large image on several threads, where restart markers allow it. False: nothing has been done, or what
// has been done is of no use, and the image is to be decoded in the ordinary way.
bool DecodeInBands(DecodeWorker& worker, const polycodec_decode_task& task);

}  // namespace polycodec::jpeg
