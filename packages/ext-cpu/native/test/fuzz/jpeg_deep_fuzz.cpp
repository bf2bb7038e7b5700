// Fuzz target of the deep JPEG codec: decodes whatever bytes there are, in a way that they choose, and codes again what
// came out of a lossless file.
//
//   (cd packages/ext-cpu && g++ -std=c++20 -g -O1 -fsanitize=address,undefined -fno-sanitize-recover=undefined
//    -I../core/include -Inative -Inative/test native/jpeg_deep*.cpp native/test/harness_host.cpp
//    native/test/fuzz/jpeg_deep_fuzz.cpp -pthread -o /tmp/jpeg_deep_fuzz)
//   /tmp/jpeg_deep_fuzz SECONDS SEED FILES…     mutates the files at random; says how the decodes came out
//
// With clang and -fsanitize=fuzzer -DPOLYCODEC_LIBFUZZER it is a target for libFuzzer instead.
#include <cstdio>
#include <cstdlib>
#include <polycodec.hpp>

#include "drawn_task.hpp"
#include "fuzz_loop.hpp"
#include "harness_host.hpp"
#include "jpeg_deep_decode.hpp"
#include "jpeg_deep_encode.hpp"

namespace polycodec {
namespace {

constexpr const polycodec_decoder* kDecoders[] = {&jpegdeep::kLosslessDecoder, &jpegdeep::kTwelveBitDecoder, nullptr};
constexpr const polycodec_encoder* kEncoders[] = {&jpegdeep::kLosslessEncoder, nullptr};
constexpr polycodec_extension kExtension = harness::ExtensionOf(kDecoders, kEncoders);

// Larger pictures only take longer.
constexpr uint64_t kMaxPixels = 1 << 20;

// What a thread of the runtime would keep for a backend.
template <class Table>
void* WorkerOf(const Table& table) {
  static void* instance = nullptr;  // kept for ever, as by the runtime
  void* worker = nullptr;
  polycodec_params none;
  if (table.instance_create(nullptr, &none, &instance) != POLYCODEC_SUCCESS ||
      table.worker_create(instance, &worker) != POLYCODEC_SUCCESS)
    std::abort();
  return worker;
}

// The choice that means: the whole picture, unchanged.
constexpr uint32_t kPlainly = 4;

// The precision that the frame header says; its marker's place is found as ReadSize does.
uint32_t PrecisionOf(const std::vector<uint8_t>& bytes) {
  for (size_t i = 2; i + 9 < bytes.size();) {
    const uint8_t marker = bytes[i + 1];
    if (bytes[i] != 0xff || marker == 0xff) {
      ++i;
    } else if (marker == 0 || marker == 1 || (marker >= 0xd0 && marker <= 0xd9)) {
      i += 2;
    } else if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
      return bytes[i + 4];
    } else {
      i += 2 + (size_t{bytes[i + 2]} << 8 | bytes[i + 3]);
    }
  }
  return 0;
}

// One decode. `choice` decides what is asked for.
polycodec_status DecodeOnce(const std::vector<uint8_t>& bytes, uint32_t choice, harness::Picture& picture) {
  const harness::Size size = harness::ReadSize(bytes);
  const uint32_t precision = PrecisionOf(bytes);
  if (size.width == 0 || size.height == 0 || size.channels == 0 || precision < 2 || precision > 16) {
    return POLYCODEC_FAIL;
  }
  if (uint64_t{size.width} * size.height > kMaxPixels) return POLYCODEC_FAIL;
  harness::Choices choose(choice);
  polycodec_call call;
  polycodec_decode_task task = harness::TaskOf(bytes, size, call);
  task.threads = call.threads = 1 + choose(2);
  task.allow_partial = static_cast<int>(choose(2));
  task.scale = choose(4) != 0 ? 1 : 1u << (1 + choose(3));
  const int format = choose(2) == 0 ? POLYCODEC_I_UNCHANGED : static_cast<int>(choose(14));
  harness::DrawOutput(choose, format, precision, task, picture);
  static void* const worker = WorkerOf(*kDecoders[0]);
  return kDecoders[0]->decode(worker, &task);
}

// What is coded without loss comes back.
void CheckRoundTrip(harness::Picture& picture, uint32_t choice) {
  polycodec_call call;
  polycodec_params params;
  params.numbers = {{"predictor", 1 + choice % 7}, {"restartRows", choice / 7 % 3}};
  polycodec_encode_task task{};
  task.struct_size = sizeof task;
  task.call = &call;
  task.input = picture.layout;
  task.pixels = picture.pixels.data();
  task.params = &params;
  task.threads = 1;
  static void* const worker = WorkerOf(*kEncoders[0]);
  const polycodec_status status = kEncoders[0]->encode(worker, &task);
  if (status != POLYCODEC_SUCCESS) return;
  call.sink.resize(call.sinkSize);
  harness::Picture back;
  if (DecodeOnce(call.sink, kPlainly, back) != POLYCODEC_SUCCESS) return;
  const bool comparable = back.layout.width == picture.layout.width && back.layout.height == picture.layout.height &&
                          back.layout.sample_format == POLYCODEC_I_UNCHANGED && picture.layout.plane_stride == 0;
  if (comparable && back.pixels != picture.pixels) {
    std::fprintf(stderr, "a lossless picture came back changed\n");
    std::abort();
  }
}

polycodec_status FuzzOne(const std::vector<uint8_t>& bytes) {
  const uint32_t choice = harness::ChoiceOf(bytes);
  harness::Picture picture;
  const polycodec_status status = DecodeOnce(bytes, choice, picture);
  const bool unchanged = picture.layout.sample_format == POLYCODEC_I_UNCHANGED;
  if (status == POLYCODEC_SUCCESS && unchanged) CheckRoundTrip(picture, choice);
  return status;
}

}  // namespace
}  // namespace polycodec

POLYCODEC_EXTENSION(polycodec::kExtension)

POLYCODEC_FUZZ_TARGET(polycodec::FuzzOne, .headerBytes = 700)
