// Fuzz target of the formats with frames: decodes whatever bytes there are as GIF or as WebP, in a way that they choose.
// What GIF's LZW expands to is held against the textbook's way.
//
//   (cd packages/ext-cpu && g++ -std=c++20 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
//    -I../core/include -Inative -Inative/test native/canvas.cpp native/gif_*.cpp native/webp_*.cpp
//    native/test/harness_host.cpp native/test/fuzz/gif_webp_fuzz.cpp -lwebp -pthread -o /tmp/gif_webp_fuzz)
//   /tmp/gif_webp_fuzz SECONDS SEED FILES…     mutates the files at random; says how the decodes came out
//
// With clang and -fsanitize=fuzzer -DPOLYCODEC_LIBFUZZER it is a target for libFuzzer instead.
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <map>
#include <memory>
#include <polycodec.hpp>

#include "drawn_task.hpp"
#include "fuzz_loop.hpp"
#include "gif_decode.hpp"
#include "gif_lzw.hpp"
#include "harness_host.hpp"
#include "webp_decode.hpp"

namespace polycodec {
namespace {

constexpr const polycodec_decoder* kDecoders[] = {&gif::kGifDecoder, &webp::kWebpDecoder, nullptr};
constexpr polycodec_extension kExtension = harness::ExtensionOf(kDecoders);

// Larger pictures only take longer.
constexpr uint64_t kMaxPixels = 1 << 18;

using Bytes = std::vector<uint8_t>;

// What a parser would have read from the headers. Zeros: nothing.
harness::Size SizeOf(const Bytes& bytes, bool isGif) {
  if (isGif) {
    if (bytes.size() < 10) return {};
    return {bytes[6] | uint32_t{bytes[7]} << 8, bytes[8] | uint32_t{bytes[9]} << 8};
  }
  int width = 0, height = 0;
  if (!WebPGetInfo(bytes.data(), bytes.size(), &width, &height)) return {};
  return {static_cast<uint32_t>(width), static_cast<uint32_t>(height)};
}

// The dictionary as links from each code to the one before it (GIF89a, appendix F).
gif::LzwEnd PlainLzw(std::span<const uint8_t> blocks, unsigned codeSize, size_t wanted, Bytes& indices) {
  struct Link {
    int before;
    uint8_t last;
  };
  gif::CodeReader codes(blocks);
  const uint32_t clear = 1u << codeSize;
  std::vector<Link> table;
  int previous = -1;
  unsigned bits = codeSize + 1;
  const auto reset = [&] {
    table.assign(clear + 2, {-1, 0});
    for (uint32_t i = 0; i < clear; ++i) table[i].last = static_cast<uint8_t>(i);
    previous = -1;
    bits = codeSize + 1;
  };
  const auto firstOf = [&](int code) {
    while (table[static_cast<size_t>(code)].before >= 0) code = table[static_cast<size_t>(code)].before;
    return table[static_cast<size_t>(code)].last;
  };
  reset();
  while (indices.size() < wanted) {
    uint32_t code = 0;
    if (!codes.Read(bits, &code)) return codes.fileEnded() ? gif::LzwEnd::kFileEnd : gif::LzwEnd::kDataEnd;
    if (code == clear) {
      reset();
      continue;
    }
    if (code == clear + 1) return gif::LzwEnd::kDataEnd;
    const bool makes = previous >= 0 && table.size() < 4096;
    if (code > table.size() || (code == table.size() && !makes)) return gif::LzwEnd::kWrongCode;
    if (makes) table.push_back({previous, firstOf(code == table.size() ? previous : static_cast<int>(code))});
    Bytes string;
    for (int at = static_cast<int>(code); at >= 0; at = table[static_cast<size_t>(at)].before) {
      string.push_back(table[static_cast<size_t>(at)].last);
    }
    indices.insert(indices.end(), string.rbegin(), string.rend());
    if (indices.size() > wanted) indices.resize(wanted);
    if (makes && table.size() == 1u << bits && bits < 12) ++bits;
    previous = static_cast<int>(code);
  }
  return gif::LzwEnd::kNotYet;
}

void CheckLzw(std::span<const uint8_t> blocks, unsigned codeSize, size_t wanted) {
  Bytes fast(wanted), plain;
  gif::LzwExpander expander(blocks, codeSize, fast);
  gif::LzwEnd end = gif::LzwEnd::kNotYet;
  while (end == gif::LzwEnd::kNotYet && expander.count() < wanted) end = expander.Run(expander.count() + 1 + wanted / 3);
  const gif::LzwEnd plainEnd = PlainLzw(blocks, codeSize, wanted, plain);
  fast.resize(expander.count());
  if (end != plainEnd || fast != plain) {
    std::fprintf(stderr, "LZW: %zu indices and end %d, the textbook has %zu and %d\n", fast.size(),
                 static_cast<int>(end), plain.size(), static_cast<int>(plainEnd));
    std::abort();
  }
}

// What a thread of the runtime would keep for a backend; for ever, as the runtime does.
void* WorkerOf(const polycodec_decoder& table) {
  struct Kept {
    void* instance = nullptr;
    void* worker = nullptr;
  };
  static auto& all = *new std::map<const polycodec_decoder*, Kept>;
  Kept& kept = all[&table];
  if (kept.worker != nullptr) return kept.worker;
  polycodec_params none;
  if (table.instance_create(nullptr, &none, &kept.instance) != POLYCODEC_SUCCESS ||
      table.worker_create(kept.instance, &kept.worker) != POLYCODEC_SUCCESS) {
    std::abort();
  }
  return kept.worker;
}

// Decodes with what `choice` decides to ask for.
polycodec_status FuzzOne(const Bytes& bytes) {
  harness::Choices choose(harness::ChoiceOf(bytes));
  const bool isGif = bytes.size() >= 3 && std::memcmp(bytes.data(), "GIF", 3) == 0;
  if (isGif && choose(4) == 0) {
    CheckLzw({bytes.data() + 3, bytes.size() - 3}, 1 + choose(8), 1 + choose(100'000));
    return POLYCODEC_SUCCESS;
  }
  const harness::Size size = SizeOf(bytes, isGif);
  if (size.width == 0 || size.height == 0 || uint64_t{size.width} * size.height > kMaxPixels) return POLYCODEC_FAIL;
  polycodec_call call;
  if (choose(16) == 0) call.cancelAfter = choose(3);
  polycodec_decode_task task = harness::TaskOf(bytes, size, call);
  task.height += choose(300) == 0;
  task.image_index = choose(2) == 0 ? 0 : choose(12);
  task.allow_partial = static_cast<int>(choose(2));
  task.max_scan_pixels = 1 << 22;
  task.max_scratch_bytes = 1 << 26;
  task.scale = choose(4) != 0 ? 1 : 1u << (1 + choose(3));
  polycodec_layout& layout = task.output;
  constexpr int kFormats[] = {POLYCODEC_I_RGB, POLYCODEC_I_BGR, POLYCODEC_I_RGBA};
  layout.sample_format = kFormats[choose(3)];
  layout.channels = layout.sample_format == POLYCODEC_I_RGBA ? 4 : 3;
  layout.dtype = POLYCODEC_UINT8;
  layout.precision = 8;
  layout.width = (task.width + task.scale - 1) / task.scale;
  layout.height = (task.height + task.scale - 1) / task.scale;
  if (choose(3) == 0) {
    task.has_region = 1;
    task.y0 = choose(7) * layout.height / 7;
    task.x0 = choose(7) * layout.width / 7;
    layout.width = 1 + choose(layout.width - task.x0);
    layout.height = 1 + choose(layout.height - task.y0);
    task.y1 = task.y0 + layout.height;
    task.x1 = task.x0 + layout.width;
  }
  layout.row_stride = uint64_t{layout.width} * layout.channels;
  // Exactly as large as it must be, so that the sanitizer sees one byte too many.
  const std::unique_ptr<uint8_t[]> pixels(new uint8_t[layout.row_stride * layout.height]);
  task.pixels = pixels.get();
  const polycodec_decoder& decoder = *kDecoders[isGif ? 0 : 1];
  const polycodec_status status = decoder.decode(WorkerOf(decoder), &task);
  harness::MustBeExplained(status, call);
  return status;
}

}  // namespace
}  // namespace polycodec

POLYCODEC_EXTENSION(polycodec::kExtension)

POLYCODEC_FUZZ_TARGET(polycodec::FuzzOne, .headerBytes = 100)
