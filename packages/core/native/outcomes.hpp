/* What becomes of each task of a chunk, and how JavaScript gets to know. */
#ifndef POLYCODEC_OUTCOMES_HPP
#define POLYCODEC_OUTCOMES_HPP

#include <node_api.h>

#include <memory>
#include <string>
#include <vector>

#include "cuda_buffer.hpp"
#include "host.hpp"
#include "polycodec.h"
#include "slabs.hpp"

namespace polycodec {

/* A task that nobody has begun is a cancelled one. */
struct Outcome {
  polycodec_status status = POLYCODEC_CANCELLED;
  int32_t worker = -1;  /* the executor's thread; -1: a dispatcher's, or none */
  uint64_t start_ns = 0, end_ns = 0;
  size_t size = 0;      /* bytes of `memory` that JavaScript gets, or that were written to a file */
  ScopedSlab memory;    /* what the task made, if it goes to JavaScript */
  cuda::BufferRef device_memory; /* the same, when it is a device's */
  std::unique_ptr<Notes> notes;

  /* Settles with a status and the sentence that explains it. */
  void Fail(polycodec_status why, std::string message) {
    status = why;
    if (!notes) notes = std::make_unique<Notes>();
    notes->message = std::move(message);
  }
};

/* CLOCK_MONOTONIC, as process.hrtime. */
uint64_t NowNs();

/* What the memory of outcomes holds. JavaScript gets slabs of pixels, which it may never look at, and bytes of code streams. */
enum class Made { kPixels, kCodeStreams };

/* The ChunkResult of runtime.ts; null: the environment is being terminated. Takes the memory of the outcomes. */
napi_value ChunkResult(napi_env env, std::vector<Outcome>& outcomes, Made made);

}  // namespace polycodec

#endif
