// Fuzz target of the PNG encoder: pictures made of whatever bytes there are, in every layout and with every preset, must
// come back as they were, from our decoder, and their image data from libdeflate.
//
//   (cd packages/ext-cpu && g++ -std=c++20 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
//    -I../core/include -Inative -Inative/test native/png_*.cpp native/test/harness_host.cpp
//    native/test/fuzz/png_encode_fuzz.cpp -ldeflate -pthread -o /tmp/png_encode_fuzz)
//   /tmp/png_encode_fuzz SECONDS SEED FILES…     of any kind: they are what the pixels are made of
//
// With clang and -fsanitize=fuzzer -DPOLYCODEC_LIBFUZZER it is a target for libFuzzer instead.
#include <random>

#include "fuzz_loop.hpp"
#include "png_round_trip.hpp"

namespace polycodec {
namespace {

constexpr polycodec_extension kExtension = harness::ExtensionOf();

// The last bytes of a case choose what is made of the others.
constexpr size_t kChoiceBytes = 8;

// How the pixels come of the bytes. Each is one that some part of the encoder is for.
enum class Texture { kBytes, kWalk, kGrain, kFewColors, kRuns, kRepeats, kTextures };

std::vector<uint8_t> Weave(std::span<const uint8_t> bytes, size_t size, Texture texture, std::mt19937& random) {
  std::vector<uint8_t> out(size);
  const auto byte = [&](size_t i) { return bytes.empty() ? uint8_t(i) : bytes[i % bytes.size()]; };
  const uint32_t few = 1 + random() % 20, mask = (1u << random() % 8) - 1;
  // Matches reach back 32 KiB: some stand just within that, some just too far away.
  const size_t period = random() % 2 == 0 ? 1 + random() % 600 : 32768 - 300 + random() % 600;
  uint8_t value = byte(0);
  for (size_t i = 0, left = 0; i < size; ++i) {
    switch (texture) {
      case Texture::kWalk: value = uint8_t(value + int(byte(i) & mask) - int(mask / 2)); break;
      case Texture::kGrain: value = uint8_t(i / 64 + (random() & mask)); break;
      case Texture::kFewColors: value = uint8_t(byte(i) % few * 37); break;
      case Texture::kRuns:
        if (left-- == 0) value = byte(random()), left = random() % (random() % 4 == 0 ? 2000 : 20);
        break;
      case Texture::kRepeats: value = i < period || random() % 200 == 0 ? uint8_t(random()) : out[i - period]; break;
      default: value = byte(i);
    }
    out[i] = value;
  }
  return out;
}

polycodec_status FuzzOne(const std::vector<uint8_t>& bytes) {
  const size_t body = bytes.size() - std::min(bytes.size(), kChoiceBytes);
  std::seed_seq seeds(bytes.begin() + ptrdiff_t(body), bytes.end());
  std::mt19937 random(seeds);
  const auto choose = [&](uint32_t below) { return uint32_t(random() % below); };

  harness::Picture picture;
  polycodec_layout& layout = picture.layout;
  // Up to a few blocks of 256 KiB; few rows or few columns now and then.
  const uint32_t side = choose(4) == 0 ? 700 : 60;
  layout.width = 1 + (choose(30) == 0 ? choose(200'000) : choose(side));
  layout.height = layout.width > 1000 ? 1 + choose(3) : 1 + choose(side);
  if (choose(30) == 0) layout.width = 1 + choose(3), layout.height = 1 + choose(20'000);
  const bool deep = choose(3) == 0;
  layout.dtype = deep ? POLYCODEC_UINT16 : POLYCODEC_UINT8;
  layout.precision = choose(4) == 0 ? 1 + choose(deep ? 16 : 8) : deep ? 16 : 8;
  static constexpr int kFormats[] = {POLYCODEC_I_Y, POLYCODEC_I_YA, POLYCODEC_I_RGB, POLYCODEC_I_BGR, POLYCODEC_I_RGBA};
  layout.sample_format = kFormats[choose(5)] + static_cast<int>(choose(2));
  layout.channels = harness::ChannelsOf(layout.sample_format, 0);
  const bool planar = harness::IsPlanar(layout.sample_format);
  const uint64_t sampleBytes = deep ? 2 : 1;
  layout.row_stride = sampleBytes * (layout.width * (planar ? 1 : layout.channels) + choose(3));
  layout.plane_stride = planar ? layout.row_stride * layout.height : 0;
  picture.pixels = Weave({bytes.data(), body}, layout.row_stride * layout.height * (planar ? layout.channels : 1),
                         Texture(choose(uint32_t(Texture::kTextures))), random);
  // No sample has more bits than it may.
  if (layout.precision != 8 * sampleBytes) {
    for (size_t i = 0; i < picture.pixels.size(); ++i) {
      const uint32_t low = deep && i % 2 == 1 ? 8 : 0;  // little endian
      picture.pixels[i] &= uint8_t(((1u << layout.precision) - 1) >> low);
    }
  }
  polycodec_params params;
  static constexpr const char* kPresets[] = {"fast", "default", "best"};
  params.texts = {{"preset", kPresets[choose(3)]}};
  params.numbers = {{"reduce", choose(2)}};
  static polycodec_host scalar = harness::Host();
  scalar.simd = 0;
  host = choose(4) == 0 ? &scalar : &harness::Host();
  png::CheckRoundTrip(picture, params);
  return POLYCODEC_SUCCESS;
}

}  // namespace
}  // namespace polycodec

POLYCODEC_EXTENSION(polycodec::kExtension)

POLYCODEC_FUZZ_TARGET(polycodec::FuzzOne, .headerBytes = 200, .choiceBytes = polycodec::kChoiceBytes)
