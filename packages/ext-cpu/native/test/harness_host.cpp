#include "harness_host.hpp"

#include <algorithm>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <thread>

namespace harness {
namespace {

int Cancelled(const polycodec_call* call) {
  if (call->cancelAfter.load() < 0) return 0;
  return const_cast<polycodec_call*>(call)->cancelAfter.fetch_sub(1) <= 1;
}

std::string Format(const char* format, va_list arguments) {
  char text[512];
  std::vsnprintf(text, sizeof text, format, arguments);
  return text;
}

void Message(polycodec_call* call, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  call->message = Format(format, arguments);
  va_end(arguments);
}

void Warn(polycodec_call* call, const char* format, ...) {
  va_list arguments;
  va_start(arguments, format);
  if (call->warnings.size() < 8) call->warnings.push_back(Format(format, arguments));
  va_end(arguments);
}

void ParallelFor(polycodec_call* call, size_t count, void (*fn)(void*, size_t), void* context) {
  std::atomic<size_t> next{0};
  const auto work = [&] {
    for (size_t i; (i = next.fetch_add(1)) < count;) fn(context, i);
  };
  std::vector<std::thread> idle;
  for (unsigned i = 1; i < call->threads; ++i) idle.emplace_back(work);
  work();
  for (auto& thread : idle) thread.join();
}

uint8_t* SinkReserve(polycodec_call* call, size_t capacity, size_t* actual) {
  // Exactly as much as asked for, so that the sanitizer sees one byte too many.
  call->sink.resize(std::max(call->sink.size(), capacity));
  *actual = call->sink.size();
  return call->sink.data();
}

void SinkFinish(polycodec_call* call, size_t size) { call->sinkSize = size; }

double Number(const polycodec_params* params, const char* name, double otherwise) {
  const auto found = params->numbers.find(name);
  return found == params->numbers.end() ? otherwise : found->second;
}

const char* Text(const polycodec_params* params, const char* name, const char* otherwise) {
  const auto found = params->texts.find(name);
  return found == params->texts.end() ? otherwise : found->second.c_str();
}

void SplitRow(const uint8_t* interleaved, uint8_t* const* planes, uint32_t channels, uint32_t width) {
  for (uint32_t x = 0; x < width; ++x) {
    for (uint32_t c = 0; c < channels; ++c) planes[c][x] = *interleaved++;
  }
}

constexpr const char* kFormats[] = {"I_UNCHANGED", "P_UNCHANGED", "I_Y", "P_Y", "I_YA", "P_YA", "I_RGB", "P_RGB",
                                    "I_BGR", "P_BGR", "I_RGBA", "P_RGBA", "I_YUV", "P_YUV"};

const polycodec_extension& Extension() {
  static const polycodec_extension* const extension = polycodec_extension_v1(&Host());
  return *extension;
}

template <typename Table>
const Table* Find(const Table* const* tables, const std::string& id) {
  while (*tables != nullptr && id != (*tables)->id) ++tables;
  if (*tables != nullptr) return *tables;
  std::fprintf(stderr, "no backend %s\n", id.c_str());
  std::exit(2);
}

void Check(polycodec_status status, const char* what) {
  if (status == POLYCODEC_SUCCESS) return;
  std::fprintf(stderr, "%s: %s\n", what, StatusName(status));
  std::exit(2);
}

// The host's conversions are core's, and are not here: there is none.
int Convert(const uint8_t*, const polycodec_layout*, uint8_t*, const polycodec_layout*) { return 0; }

}  // namespace

const polycodec_host& Host() {
  static const polycodec_host host = {
      .struct_size = sizeof(polycodec_host), .abi_version = POLYCODEC_ABI_VERSION, .simd = 1,
      .cancelled = Cancelled, .message = Message, .warn = Warn, .parallel_for = ParallelFor,
      .sink_reserve = SinkReserve, .sink_finish = SinkFinish, .number = Number, .text = Text, .split_row = SplitRow,
      .convert = Convert,
  };
  return host;
}

const char* StatusName(polycodec_status status) {
  switch (status) {
#define NAME(name) case POLYCODEC_##name: return #name;
    NAME(SUCCESS) NAME(FAIL) NAME(IMAGE_CORRUPTED) NAME(CODEC_UNSUPPORTED) NAME(BACKEND_UNSUPPORTED)
    NAME(ENCODING_UNSUPPORTED) NAME(RESOLUTION_UNSUPPORTED) NAME(CODESTREAM_UNSUPPORTED) NAME(IMAGE_TRUNCATED)
    NAME(LIMIT_EXCEEDED) NAME(CANCELLED) NAME(OUT_OF_MEMORY) NAME(IO_ERROR) NAME(COLOR_SPEC_UNSUPPORTED)
    NAME(ORIENTATION_UNSUPPORTED) NAME(ROI_UNSUPPORTED) NAME(SAMPLING_UNSUPPORTED) NAME(SAMPLE_TYPE_UNSUPPORTED)
    NAME(SAMPLE_FORMAT_UNSUPPORTED) NAME(NUM_IMAGES_UNSUPPORTED) NAME(SCALE_UNSUPPORTED) NAME(NUM_CHANNELS_UNSUPPORTED)
    NAME(QUALITY_TYPE_UNSUPPORTED) NAME(QUALITY_VALUE_UNSUPPORTED) NAME(TILING_UNSUPPORTED)
#undef NAME
  }
  return "?";
}

int SampleFormat(const std::string& name) {
  const auto found = std::find(std::begin(kFormats), std::end(kFormats), name);
  return found == std::end(kFormats) ? -1 : static_cast<int>(found - std::begin(kFormats));
}

uint32_t ChannelsOf(int sampleFormat, uint32_t stored) {
  switch (sampleFormat / 2 * 2) {
    case POLYCODEC_I_Y: return 1;
    case POLYCODEC_I_YA: return 2;
    case POLYCODEC_I_RGB: case POLYCODEC_I_BGR: case POLYCODEC_I_YUV: return 3;
    case POLYCODEC_I_RGBA: return 4;
    default: return stored;
  }
}

bool IsPlanar(int sampleFormat) { return sampleFormat % 2 != 0; }

Size ReadSize(const std::vector<uint8_t>& bytes) {
  const auto at = [&](size_t i) -> uint32_t { return i < bytes.size() ? bytes[i] : 0; };
  for (size_t i = 2; i + 9 < bytes.size();) {
    if (at(i) != 0xff) {
      ++i;
      continue;
    }
    const uint32_t marker = at(i + 1);
    if (marker == 0xff || marker == 0 || marker == 1 || (marker >= 0xd0 && marker <= 0xd9)) {
      i += marker == 0xff ? 1 : 2;
      continue;
    }
    if (marker >= 0xc0 && marker <= 0xcf && marker != 0xc4 && marker != 0xc8 && marker != 0xcc) {
      return {at(i + 7) << 8 | at(i + 8), at(i + 5) << 8 | at(i + 6), at(i + 9)};
    }
    i += 2 + (at(i + 2) << 8 | at(i + 3));
  }
  return {};
}

Decoder::Decoder(const polycodec_params& options, const std::string& id) : table_(Find(Extension().decoders, id)) {
  polycodec_call call;
  Check(table_->instance_create(&call, &options, &instance_), "instance_create");
  Check(table_->worker_create(instance_, &worker_), "worker_create");
}

Decoder::~Decoder() {
  table_->worker_destroy(worker_);
  table_->instance_destroy(instance_);
}

namespace {

polycodec_decode_task MakeTask(const std::vector<uint8_t>& bytes, Size size, const Request& request, polycodec_call& call,
                               Picture& picture) {
  const auto scaled = [&](uint32_t side) { return (side + request.scale - 1) / request.scale; };
  polycodec_layout& layout = picture.layout;
  layout.width = request.hasRegion ? request.x1 - request.x0 : scaled(size.width);
  layout.height = request.hasRegion ? request.y1 - request.y0 : scaled(size.height);
  layout.channels = ChannelsOf(request.format, size.channels);
  layout.dtype = POLYCODEC_UINT8;
  layout.sample_format = request.format;
  layout.precision = 8;
  const uint64_t rowChannels = IsPlanar(request.format) ? 1 : layout.channels;
  layout.row_stride = layout.width * rowChannels + request.padding;
  layout.plane_stride = IsPlanar(request.format) ? layout.row_stride * layout.height : 0;
  const uint64_t planes = IsPlanar(request.format) ? layout.channels : 1;
  picture.pixels.resize(layout.row_stride * layout.height * planes);

  call.message.clear();
  call.warnings.clear();
  call.threads = request.threads;
  call.cancelAfter = request.cancelAfter;
  polycodec_decode_task task{};
  task.struct_size = sizeof task;
  task.call = &call;
  task.data = bytes.data();
  task.size = bytes.size();
  task.width = size.width;
  task.height = size.height;
  task.channels = size.channels;
  task.scale = request.scale;
  task.orientation = 1;
  task.has_region = request.hasRegion;
  task.y0 = request.y0;
  task.x0 = request.x0;
  task.y1 = request.y1;
  task.x1 = request.x1;
  task.output = layout;
  task.pixels = picture.pixels.data();
  task.allow_partial = request.partial;
  task.max_scans = request.maxScans;
  task.max_scan_pixels = request.maxScanPixels;
  task.max_scratch_bytes = request.maxScratch;
  task.threads = request.threads;
  return task;
}

}  // namespace

polycodec_status Decoder::Decode(const std::vector<uint8_t>& bytes, Size size, const Request& request,
                                 polycodec_call& call, Picture& picture) {
  const polycodec_decode_task task = MakeTask(bytes, size, request, call, picture);
  return table_->decode(worker_, &task);
}

void Decoder::DecodePair(Sample& one, Sample& other) {
  const polycodec_decode_task tasks[2] = {MakeTask(one.bytes, one.size, one.request, one.call, one.picture),
                                          MakeTask(other.bytes, other.size, other.request, other.call, other.picture)};
  const polycodec_decode_task* const both[2] = {&tasks[0], &tasks[1]};
  polycodec_status statuses[2];
  table_->decode_pair(worker_, both, statuses);
  one.status = statuses[0], other.status = statuses[1];
}

Encoder::Encoder() : table_(Find(Extension().encoders, "libjpeg-turbo")) {
  Check(table_->worker_create(instance_, &worker_), "worker_create");
}

Encoder::~Encoder() { table_->worker_destroy(worker_); }

polycodec_status Encoder::Encode(const Picture& picture, const polycodec_params& params,
                                 const std::vector<polycodec_metadata>& metadata, polycodec_call& call,
                                 uint64_t maxScratch) {
  call.message.clear();
  call.warnings.clear();
  polycodec_encode_task task{};
  task.struct_size = sizeof task;
  task.call = &call;
  task.input = picture.layout;
  task.pixels = picture.pixels.data();
  task.params = &params;
  task.metadata = metadata.data();
  task.metadata_count = metadata.size();
  task.max_scratch_bytes = maxScratch;
  task.threads = 1;
  return table_->encode(worker_, &task);
}

}  // namespace harness
