#include "cuda_threads.hpp"

#include <vector>

namespace polycodec::cuda {

Dispatcher& ThreadOf(int device) {
  static auto* threads = [] {
    auto* list = new std::vector<Dispatcher*>;
    for (int i = 0; i <= kAllDevices; i++) list->push_back(new Dispatcher);
    return list;
  }();
  return *(*threads)[static_cast<size_t>(device)];
}

}  // namespace polycodec::cuda
