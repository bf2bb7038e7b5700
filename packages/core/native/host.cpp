#include "host.hpp"

#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstring>

#include "cuda_host.hpp"
#include "pixels.hpp"
#include "pixels_level.hpp"

namespace polycodec {

namespace {

constexpr size_t kMaxMessage = 512;  // with its end
constexpr size_t kMaxWarnings = 8;

/* Also the place where a task of the pool is overtaken by more urgent ones. */
int Cancelled(const polycodec_call* call) {
  if (call->call == nullptr) return 0;
  if (call->job != nullptr && !call->call->cancelled()) Executor::Shared().LetUrgentOvertake(call->call);
  return call->call->cancelled();
}

__attribute__((format(printf, 2, 3))) void Message(polycodec_call* call, const char* format, ...) {
  char text[kMaxMessage];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  std::lock_guard lock(call->mutex);
  call->Note().message = text;
}

__attribute__((format(printf, 2, 3))) void Warn(polycodec_call* call, const char* format, ...) {
  char text[kMaxMessage];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  std::lock_guard lock(call->mutex);
  if (call->Note().warnings.size() < kMaxWarnings) call->notes->warnings.emplace_back(text);
}

void ParallelFor(polycodec_call* call, size_t count, void (*fn)(void*, size_t), void* context) {
  if (call->call == nullptr) {
    for (size_t i = 0; i < count; i++) fn(context, i);
    return;
  }
  Executor::Shared().ParallelFor(call->call, call->job, call->threads, count, fn, context);
}

/* Grows by doubling, so that a stream written in pieces is copied less than twice. */
uint8_t* SinkReserve(polycodec_call* call, size_t capacity, size_t* actual) {
  constexpr size_t kFirst = 64 << 10;
  if (!call->sink || call->sink.capacity() < capacity) {
    ScopedSlab larger = ScopedSlab::Whole(std::max({capacity, 2 * call->sink.capacity(), kFirst}));
    if (!larger) larger = ScopedSlab::Whole(capacity);
    if (!larger) {
      *actual = call->sink.capacity();
      return nullptr;
    }
    // How much of it is written is known to the encoder alone.
    if (call->sink) std::memcpy(larger.data(), call->sink.data(), call->sink.capacity());
    call->sink = std::move(larger);
  }
  *actual = call->sink.capacity();
  return call->sink.data();
}

void SinkFinish(polycodec_call* call, size_t size) { call->sink_size = std::min(size, call->sink.capacity()); }

const polycodec_params::Entry* Find(const polycodec_params* params, const char* name) {
  if (params == nullptr) return nullptr;
  for (const polycodec_params::Entry& entry : params->entries) {
    if (entry.name == name) return &entry;
  }
  return nullptr;
}

double Number(const polycodec_params* params, const char* name, double otherwise) {
  const polycodec_params::Entry* entry = Find(params, name);
  return entry != nullptr && !entry->is_text ? entry->number : otherwise;
}

const char* Text(const polycodec_params* params, const char* name, const char* otherwise) {
  const polycodec_params::Entry* entry = Find(params, name);
  return entry != nullptr && entry->is_text ? entry->text.c_str() : otherwise;
}

void SplitRow(const uint8_t* interleaved, uint8_t* const* planes, uint32_t channels, uint32_t width) {
  pixels::SplitRow(interleaved, planes, channels, width);
}

int Convert(const uint8_t* from, const polycodec_layout* from_layout, uint8_t* to, const polycodec_layout* to_layout) {
  constexpr pixels::TransformSpec kInPlace{.orientation = 1, .y0 = 0, .x0 = 0};
  if (!pixels::CanTransform(*from_layout, *to_layout) || !pixels::Fits(kInPlace, *from_layout, *to_layout)) return 0;
  pixels::Transform(kInPlace, from, *from_layout, to, *to_layout);
  return 1;
}

std::atomic<uint32_t> simd{1};

}  // namespace

void SetHostSimd(uint32_t level) {
  simd = level;
  pixels::SetLevel(level == 0   ? pixels::Level::kDefinition
                   : level == 2 ? pixels::Level::kAvx2
                                : pixels::BestLevel());
}

const polycodec_host* HostTable() {
  static const polycodec_host* table = new polycodec_host{
      .struct_size = sizeof(polycodec_host), .abi_version = POLYCODEC_ABI_VERSION, .simd = simd,
      .cancelled = Cancelled, .message = Message, .warn = Warn, .parallel_for = ParallelFor,
      .sink_reserve = SinkReserve, .sink_finish = SinkFinish, .number = Number, .text = Text, .split_row = SplitRow,
      .convert = Convert, .cuda = cuda::Table, .open_library = cuda::OpenNamed,
      .library_symbol = cuda::Symbol, .library_path = cuda::LibraryPath};
  return table;
}

}  // namespace polycodec
