/* A loop that a task spreads over threads. Lives on the stack of ParallelFor. */
#ifndef POLYCODEC_EXECUTOR_SPREAD_HPP
#define POLYCODEC_EXECUTOR_SPREAD_HPP

#include "executor.hpp"

namespace polycodec {

struct Spread {
  Call* call;
  Job* job;
  size_t count;
  Executor::Body body;
  void* context;
  uint32_t max_helpers;
  uint32_t helpers = 0;        /* under the executor's mutex */
  std::atomic<size_t> next{0};
  std::list<Spread*>::iterator place{};

  void Drain() {
    for (size_t i; (i = next.fetch_add(1, std::memory_order_relaxed)) < count;) body(context, i);
  }
  bool Wants() const { return helpers < max_helpers && next.load(std::memory_order_relaxed) < count; }
};

}  // namespace polycodec

#endif
