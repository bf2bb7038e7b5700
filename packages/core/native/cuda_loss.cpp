#include "cuda_loss.hpp"

#include <atomic>

#include "cuda_runtime.hpp"

namespace polycodec::cuda {

namespace {

struct Loss {
  cudart::Error error;
  std::string why;
};

std::atomic<const Loss*> losses[Runtime::kMaxDevices] = {};

const Loss* Find(int device) {
  return device >= 0 && device < Runtime::kMaxDevices ? losses[device].load(std::memory_order_acquire) : nullptr;
}

}  // namespace

bool IsFatal(cudart::Error error) {
  switch (error) {
#define POLYCODEC_CASE(name, number) case number:
    POLYCODEC_CUDART_FATAL_ERRORS(POLYCODEC_CASE)
#undef POLYCODEC_CASE
    return true;
    default: return false;
  }
}

void Lose(int device, cudart::Error error, const std::string& explained) {
  if (device < 0 || device >= Runtime::kMaxDevices || Find(device) != nullptr) return;
  const auto* loss = new Loss{error, "device " + std::to_string(device) + " is lost to this process after " + explained +
                                         "; a new process can use it again"};
  const Loss* none = nullptr;
  if (!losses[device].compare_exchange_strong(none, loss, std::memory_order_acq_rel)) delete loss;
}

cudart::Error LossOf(int device) {
  const Loss* loss = Find(device);
  return loss != nullptr ? loss->error : cudart::kSuccess;
}

const char* WhyLost(int device) {
  const Loss* loss = Find(device);
  return loss != nullptr ? loss->why.c_str() : nullptr;
}

}  // namespace polycodec::cuda
