// Baseline JPEG encoding without libjpeg, whose bytes it makes.
#pragma once

#include <array>
#include <cstdint>
#include <memory>

#include <polycodec.h>
#include <polycodec_jpeg_metadata.hpp>

#include "chunk.hpp"
#include "chunk_reader.hpp"
#include "code_table.hpp"
#include "downsample.hpp"
#include "forward_dct.hpp"
#include "scan_layout.hpp"
#include "scan_writer.hpp"
#include "tokens.hpp"

namespace polycodec::jpeg_encode {

// What the task's parameters ask for. A status other than SUCCESS: what of it is libjpeg-turbo's.
struct EncodeSettings {
  polycodec_status status = POLYCODEC_SUCCESS;
  Sampling sampling = Sampling::k444;
  int quality = 75;
  bool optimizedHuffman = false;
  uint32_t restartInterval = 0;  // MCUs
};
EncodeSettings ReadSettings(const polycodec_encode_task& task);

// What one thread keeps: the stages' choices, tables of the last quality, and buffers that stay in cache.
class EncodeWorker {
 public:
  explicit EncodeWorker(Level level);

  polycodec_status Encode(const polycodec_encode_task& task);

 private:
  void SetQuality(int quality);
  polycodec_status EncodeScan(const polycodec_encode_task& task, const EncodeSettings& settings, Output& output);
  // One row of MCUs to tokens.
  polycodec_status EncodeMcuRow(uint32_t row);
  void Transform(unsigned mcus);
  void FillDummyBlocks(uint32_t mcuRow, uint32_t firstMcu, unsigned mcus);
  polycodec_status TakeTokens();
  polycodec_status EndInterval();

  const Level level_;
  jpeg::MetadataSegments metadata_;
  const AppendTokens appendTokens_;
  const MakeSymbols makeSymbols_;
  const ForwardDct transform_;

  int quality_ = 0;
  QuantTable luma_{}, chroma_{};
  CodeTable standardCodes_, ownCodes_;

  ChunkReader reader_;
  ScanWriter writer_;
  TokenStore store_;
  SamplePlanes planes_;
  alignas(64) Plane halved_;  // Cb in the left half, Cr in the right
  alignas(64) int16_t coefficients_[kMostChunkBlocks * kBlockSize];
  TokenBuffer tokens_;
  alignas(64) uint16_t symbols_[TokenBuffer::kCapacity];

  // Of the image at hand.
  struct Progress {
    uint32_t width, height, mcusPerRow, mcuRows;
    uint64_t mcusLeft;
    uint32_t restartInterval, untilRestart;
    int predictors[3];
  };
  Progress image_{};
  bool storing_ = false;
  Sampling sampling_ = Sampling::k444;
  const ScanLayout* layout_ = nullptr;
  const std::array<ScanLayout, 4> layouts_;
  Downsample downsample_ = nullptr;
};

extern const polycodec_encoder kEncoder;

}  // namespace polycodec::jpeg_encode
