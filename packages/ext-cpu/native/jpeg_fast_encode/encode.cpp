// A picture goes through all stages in chunks of 128 pixels of a row of MCUs: samples, averaged chroma, quantised
// coefficients, tokens, bits. Everything on the way lies in the nearest cache.
#include "encode.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include <polycodec.hpp>

#include "segments.hpp"

namespace polycodec::jpeg_encode {
namespace {

// libjpeg's JPEG_MAX_DIMENSION, so that both encoders take the same images.
constexpr uint32_t kMaxDimension = 65500;

// So many MCUs become tokens before pixels are asked for again.
constexpr unsigned kMcusAtATime = 2;

}  // namespace

EncodeSettings ReadSettings(const polycodec_encode_task& task) {
  const auto unsupported = [&](polycodec_status status) { return EncodeSettings{.status = status}; };
  const Params params(task.params);
  const polycodec_layout& input = task.input;
  const PixelKind kind = KindOf(input);
  if (kind == PixelKind::kUnsupported) return unsupported(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED);
  if (input.dtype != POLYCODEC_UINT8) return unsupported(POLYCODEC_SAMPLE_TYPE_UNSUPPORTED);
  if (input.width == 0 || input.height == 0 || input.width > kMaxDimension || input.height > kMaxDimension) {
    return unsupported(POLYCODEC_RESOLUTION_UNSUPPORTED);
  }
  if (params.Flag("progressive", false)) return unsupported(POLYCODEC_ENCODING_UNSUPPORTED);

  EncodeSettings settings;
  const int colorSpec = static_cast<int>(params.Number("colorSpec", POLYCODEC_COLOR_UNCHANGED));
  const bool anyColor = colorSpec == POLYCODEC_COLOR_UNCHANGED || colorSpec == POLYCODEC_COLOR_UNKNOWN;
  switch (static_cast<int>(params.Number("chromaSubsampling", POLYCODEC_CSS_444))) {
    case POLYCODEC_CSS_NONE: case POLYCODEC_CSS_444: settings.sampling = Sampling::k444; break;
    case POLYCODEC_CSS_422: settings.sampling = Sampling::k422; break;
    case POLYCODEC_CSS_420: settings.sampling = Sampling::k420; break;
    case POLYCODEC_CSS_GRAY: settings.sampling = Sampling::kGray; break;
    default: return unsupported(POLYCODEC_SAMPLING_UNSUPPORTED);
  }
  if (kind == PixelKind::kGray || colorSpec == POLYCODEC_COLOR_GRAY) settings.sampling = Sampling::kGray;
  const bool knownColor = anyColor || colorSpec == POLYCODEC_COLOR_GRAY ||
                          (colorSpec == POLYCODEC_COLOR_SYCC && kind != PixelKind::kGray);
  if (!knownColor) return unsupported(POLYCODEC_COLOR_SPEC_UNSUPPORTED);

  settings.quality = std::clamp(static_cast<int>(std::lround(params.Number("quality", 75))), 1, 100);
  settings.optimizedHuffman = params.Flag("optimizedHuffman", false);
  settings.restartInterval = static_cast<uint32_t>(std::clamp(params.Number("restartInterval", 0), 0.0, 65535.0));
  const auto restartRows = static_cast<uint64_t>(std::clamp(params.Number("restartRows", 0), 0.0, 65535.0));
  if (restartRows != 0) {
    const unsigned mcuWidth = 8 * BlocksAcross(settings.sampling);
    settings.restartInterval =
        static_cast<uint32_t>(std::min<uint64_t>(restartRows * ((input.width + mcuWidth - 1) / mcuWidth), 65535));
  }
  return settings;
}

EncodeWorker::EncodeWorker(Level level)
    : level_(level),
      appendTokens_(AppendTokensFor(level)),
      makeSymbols_(MakeSymbolsFor(level)),
      transform_(ForwardDctFor(level)),
      writer_(level),
      layouts_{ScanLayout(Sampling::kGray), ScanLayout(Sampling::k444), ScanLayout(Sampling::k422),
               ScanLayout(Sampling::k420)} {
  MakeCodeTable(HuffmanTables::Standard(), standardCodes_);
}

polycodec_status EncodeWorker::Encode(const polycodec_encode_task& task) {
  const EncodeSettings settings = ReadSettings(task);
  if (settings.status != POLYCODEC_SUCCESS) {
    host->message(task.call, "not what this encoder makes");
    return settings.status;
  }
  metadata_.Make(task);
  if (metadata_.problem[0] != 0) {
    host->message(task.call, "%s", metadata_.problem);
    return POLYCODEC_FAIL;
  }
  Output output(task.call);
  // Four bits a pixel hold a photograph of high quality; what is noisier grows the sink.
  output.Reserve(size_t{task.input.width} * task.input.height / 2 + metadata_.bytes.size() + 4096);
  WriteFileStart(metadata_.bytes, output);
  const polycodec_status status = EncodeScan(task, settings, output);
  if (status == POLYCODEC_SUCCESS) output.Finish();
  return status;
}

void EncodeWorker::SetQuality(int quality) {
  if (quality == quality_) return;
  luma_ = QuantTable::Make(Component::kLuma, quality);
  chroma_ = QuantTable::Make(Component::kChroma, quality);
  quality_ = quality;
}

polycodec_status EncodeWorker::EncodeScan(const polycodec_encode_task& task, const EncodeSettings& settings,
                                          Output& output) {
  SetQuality(settings.quality);
  sampling_ = settings.sampling;
  layout_ = &layouts_[static_cast<size_t>(sampling_)];
  downsample_ = DownsampleFor(level_, sampling_ == Sampling::k420);
  reader_.Begin(task.input, task.pixels, level_);
  reader_.PrefetchRows(0, layout_->mcuHeight);
  tokens_.count = 0;
  const uint32_t width = task.input.width, height = task.input.height;
  image_ = {.width = width,
            .height = height,
            .mcusPerRow = (width + layout_->mcuWidth - 1) / layout_->mcuWidth,
            .mcuRows = (height + layout_->mcuHeight - 1) / layout_->mcuHeight,
            .mcusLeft = 0,
            .restartInterval = settings.restartInterval,
            .untilRestart = settings.restartInterval,
            .predictors = {}};
  image_.mcusLeft = uint64_t{image_.mcusPerRow} * image_.mcuRows;

  const FrameHeader frame{width, height, sampling_, settings.restartInterval};
  storing_ = settings.optimizedHuffman;
  if (storing_) {
    store_.Begin(task.max_scratch_bytes);
  } else {
    WriteHeaders(frame, luma_, chroma_, HuffmanTables::Standard(), output);
    writer_.Begin(standardCodes_, output);
  }

  for (uint32_t row = 0; row < image_.mcuRows; ++row) {
    if (host->cancelled(task.call)) {
      host->message(task.call, "cancelled");
      return POLYCODEC_CANCELLED;
    }
    if (EncodeMcuRow(row) != POLYCODEC_SUCCESS) {
      host->message(task.call, "needs more than %llu bytes for the tokens of its picture",
                    static_cast<unsigned long long>(task.max_scratch_bytes));
      return POLYCODEC_LIMIT_EXCEEDED;
    }
  }
  PadTokens(tokens_);
  if (TakeTokens() != POLYCODEC_SUCCESS) return POLYCODEC_LIMIT_EXCEEDED;

  if (storing_) {
    const HuffmanTables tables = HuffmanTables::MakeOptimal(store_.Frequencies(), HasChroma(sampling_));
    MakeCodeTable(tables, ownCodes_);
    WriteHeaders(frame, luma_, chroma_, tables, output);
    writer_.Begin(ownCodes_, output);
    store_.WriteTo(writer_);
  }
  writer_.End();
  return POLYCODEC_SUCCESS;
}

polycodec_status EncodeWorker::EncodeMcuRow(uint32_t row) {
  const uint32_t y = row * layout_->mcuHeight;
  const uint32_t chunks = (image_.mcusPerRow + layout_->mcusPerChunk - 1) / layout_->mcusPerChunk;
  reader_.Announce(y + layout_->mcuHeight, layout_->mcuHeight, chunks);
  for (uint32_t first = 0; first < image_.mcusPerRow; first += layout_->mcusPerChunk) {
    const unsigned mcus = std::min(layout_->mcusPerChunk, image_.mcusPerRow - first);
    const uint32_t x = first * layout_->mcuWidth;
    reader_.Read(y, x, layout_->mcuHeight, planes_);
    if (sampling_ == Sampling::k420 || sampling_ == Sampling::k422) {
      downsample_(planes_.cb, halved_, 0);
      reader_.Prefetch();
      downsample_(planes_.cr, halved_, kChunkWidth / 2);
      // Below the picture libjpeg repeats the last averaged row, not the average of repeated rows.
      const uint32_t rows = sampling_ == Sampling::k420 ? (image_.height - y + 1) / 2 : 8;
      for (uint32_t below = rows; below < 8; ++below) std::memcpy(halved_[below], halved_[rows - 1], kChunkWidth);
    }
    Transform(mcus);
    FillDummyBlocks(row, first, mcus);

    for (unsigned at = 0; at < mcus;) {
      reader_.Prefetch();
      unsigned take = std::min(mcus - at, kMcusAtATime);
      if (image_.restartInterval != 0) take = std::min(take, image_.untilRestart);
      appendTokens_(coefficients_, layout_->order.data() + layout_->blocksPerMcu * at, layout_->blocksPerMcu * take,
                    image_.predictors, tokens_);
      at += take;
      image_.mcusLeft -= take;
      if (image_.restartInterval == 0) continue;
      image_.untilRestart -= take;
      if (image_.untilRestart == 0 && image_.mcusLeft != 0) {
        if (const polycodec_status status = EndInterval(); status != POLYCODEC_SUCCESS) return status;
      }
    }
    if (const polycodec_status status = TakeTokens(); status != POLYCODEC_SUCCESS) return status;
  }
  return POLYCODEC_SUCCESS;
}

// The chunk's first `mcus` MCUs.
void EncodeWorker::Transform(unsigned mcus) {
  const auto place = [this](unsigned block) { return coefficients_ + kBlockSize * block; };
  const auto transform = [&](const uint8_t* first, const uint8_t* second, const QuantTable& table, unsigned toFirst,
                             unsigned toSecond) {
    transform_(first, second, kChunkWidth, table, place(toFirst), place(toSecond));
    reader_.Prefetch();
  };
  constexpr unsigned kHalf = kChunkWidth / 2, kHalfBlocks = kRunBlocks;
  if (sampling_ == Sampling::k420) {
    const unsigned lower = layout_->lowerLuma;
    transform(planes_.y[0], planes_.y[8], luma_, 0, lower);
    if (2 * mcus > kHalfBlocks) {
      transform(planes_.y[0] + kHalf, planes_.y[8] + kHalf, luma_, kHalfBlocks,
                 lower + kHalfBlocks);
    }
  } else {
    transform(planes_.y[0], planes_.y[0] + kHalf, luma_, 0, kHalfBlocks);
  }
  const unsigned cb = layout_->cb, cr = layout_->cr;
  switch (sampling_) {
    case Sampling::kGray: break;
    case Sampling::k420: case Sampling::k422:
      transform(halved_[0], halved_[0] + kHalf, chroma_, cb, cr);
      break;
    case Sampling::k444:
      transform(planes_.cb[0], planes_.cr[0], chroma_, cb, cr);
      if (mcus > kHalfBlocks) {
        transform(planes_.cb[0] + kHalf, planes_.cr[0] + kHalf, chroma_, cb + kHalfBlocks,
                   cr + kHalfBlocks);
      }
  }
}

// An MCU may have luma blocks that lie wholly beyond the picture. Cheapest to code is what libjpeg puts there: the DC of
// the block before, in the order of the scan, and no AC.
void EncodeWorker::FillDummyBlocks(uint32_t mcuRow, uint32_t firstMcu, unsigned mcus) {
  if (BlocksAcross(sampling_) == 1) return;
  const auto fill = [this](unsigned block, unsigned before) {
    int16_t* to = coefficients_ + kBlockSize * block;
    std::memset(to, 0, kBlockSize * sizeof *to);
    to[0] = coefficients_[kBlockSize * before];
  };
  const unsigned last = 2 * (mcus - 1), lower = layout_->lowerLuma;
  const uint32_t blocksAcross = (image_.width + 7) / 8, blocksDown = (image_.height + 7) / 8;
  if (2 * firstMcu + last + 1 >= blocksAcross) {
    fill(last + 1, last);
    if (BlocksDown(sampling_) == 2) fill(lower + last + 1, lower + last);
  }
  if (BlocksDown(sampling_) == 2 && 2 * mcuRow + 1 >= blocksDown) {
    for (unsigned block = 0; block < 2 * mcus; block += 2) {
      fill(lower + block, block + 1);
      fill(lower + block + 1, block + 1);
    }
  }
}

// Hands whole groups on.
polycodec_status EncodeWorker::TakeTokens() {
  const size_t count = tokens_.count - tokens_.count % kTokenGroup;
  makeSymbols_(tokens_.kinds, tokens_.values, count, symbols_);
  if (!storing_) {
    writer_.Write(symbols_, tokens_.values, count);
  } else if (!store_.Add(symbols_, tokens_.values, count)) {
    return POLYCODEC_LIMIT_EXCEEDED;
  }
  DropWholeGroups(tokens_);
  return POLYCODEC_SUCCESS;
}

polycodec_status EncodeWorker::EndInterval() {
  PadTokens(tokens_);
  if (const polycodec_status status = TakeTokens(); status != POLYCODEC_SUCCESS) return status;
  if (storing_) {
    store_.Restart();
  } else {
    writer_.Restart();
  }
  std::fill(std::begin(image_.predictors), std::end(image_.predictors), 0);
  image_.untilRestart = image_.restartInterval;
  return POLYCODEC_SUCCESS;
}

}  // namespace polycodec::jpeg_encode
