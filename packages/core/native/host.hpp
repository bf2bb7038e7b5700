/* The table of functions that extensions get (polycodec_host), and what stands behind a polycodec_call. */
#ifndef POLYCODEC_HOST_HPP
#define POLYCODEC_HOST_HPP

#include <memory>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "executor.hpp"
#include "polycodec.h"
#include "slabs.hpp"

namespace polycodec {

/* What a backend said about one sample. Most say nothing, so it is made on the first word. */
struct Notes {
  std::string message;
  std::vector<std::string> warnings;
};

/* The one host table of the process; SIMD choice is fixed when it is first asked for. */
const polycodec_host* HostTable();
void SetHostSimd(uint32_t level);

}  // namespace polycodec

/* One running task, seen from the backend. Lives on the stack of the thread that runs it. */
struct polycodec_call {
  polycodec::Call* call = nullptr;  /* null while an instance is created */
  polycodec::Job* job = nullptr;    /* null on a dispatcher's thread */
  uint32_t threads = 1;
  std::mutex mutex;                 /* notes may come from several threads of a parallel_for */
  std::unique_ptr<polycodec::Notes> notes;
  polycodec::ScopedSlab sink;
  size_t sink_size = 0;

  polycodec::Notes& Note() {
    if (!notes) notes = std::make_unique<polycodec::Notes>();
    return *notes;
  }
};

/* Named values. Few, so they are searched in order. */
struct polycodec_params {
  struct Entry {
    std::string name;
    bool is_text;
    double number;
    std::string text;
  };
  std::vector<Entry> entries;
};

#endif
