#include "jpeg_destination.hpp"

#include <polycodec.hpp>
#include "jpeg_error.hpp"

namespace polycodec::jpeg {
namespace {

Destination& Of(j_compress_ptr info) { return *static_cast<Destination*>(info->dest); }

// Gets room for at least `wanted` bytes, of which `used` are written.
void Reserve(j_compress_ptr info, size_t wanted, size_t used) {
  Destination& destination = Of(info);
  size_t actual = 0;
  uint8_t* start = host->sink_reserve(destination.call, wanted, &actual);
  if (start == nullptr || actual <= used) {
    static_cast<ErrorManager*>(info->err)->Fail(POLYCODEC_OUT_OF_MEMORY, "no memory for %zu bytes of output", wanted);
  }
  destination.start = start;
  destination.capacity = actual;
  destination.next_output_byte = start + used;
  destination.free_in_buffer = actual - used;
}

void OnStart(j_compress_ptr info) { Reserve(info, Of(info).capacity, 0); }

// libjpeg's rule: the whole buffer counts as written, whatever free_in_buffer says.
boolean OnFull(j_compress_ptr info) {
  const size_t used = Of(info).capacity;
  Reserve(info, used * 2, used);
  return TRUE;
}

void OnEnd(j_compress_ptr) {}

}  // namespace

Destination::Destination() : jpeg_destination_mgr{} {
  init_destination = OnStart;
  empty_output_buffer = OnFull;
  term_destination = OnEnd;
}

void Destination::Begin(j_compress_ptr info, polycodec_call* newCall, size_t newCapacity) {
  call = newCall;
  capacity = newCapacity;
  start = nullptr;
  info->dest = this;
}

void Destination::End() { host->sink_finish(call, capacity - free_in_buffer); }

}  // namespace polycodec::jpeg
