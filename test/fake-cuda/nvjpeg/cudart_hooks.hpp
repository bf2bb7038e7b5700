/* What the fake libnvjpeg needs of the fake CUDA runtime: is a stream alive, what is at an address, run this in order. */
#pragma once

#include <dlfcn.h>

#include <cstddef>

#include "../../../packages/ext-nvjpeg/native/nvjpeg_api.hpp"

namespace fake {

enum MemoryKind { kHostMemory = 0, kPinnedMemory = 1, kDeviceMemory = 2 };

/* The runtime that the process has opened; a real library has a copy of its own inside. */
struct Cudart {
  int (*stream_is_live)(void* stream) = nullptr;
  int (*memory_kind)(const void* address, size_t* bytes_left) = nullptr;
  int (*enqueue)(void* stream, void (*work)(void*), void* context) = nullptr;
  int (*get_device)(int* device) = nullptr;

  static const Cudart& Get() {
    static const Cudart found = Find();
    return found;
  }
  explicit operator bool() const { return enqueue != nullptr; }

 private:
  static Cudart Find() {
    Cudart cudart;
    for (const char* name : {"libcudart.so.13", "libcudart.so.12"}) {
      void* library = dlopen(name, RTLD_NOW | RTLD_NOLOAD);
      if (library == nullptr) continue;
      const auto bind = [&](auto& function, const char* symbol) {
        function = reinterpret_cast<std::remove_reference_t<decltype(function)>>(dlsym(library, symbol));
      };
      bind(cudart.stream_is_live, "fake_cuda_stream_is_live");
      bind(cudart.memory_kind, "fake_cuda_memory_kind");
      bind(cudart.enqueue, "fake_cuda_enqueue");
      bind(cudart.get_device, "cudaGetDevice");
      if (cudart) break;
    }
    return cudart;
  }
};

}  // namespace fake
