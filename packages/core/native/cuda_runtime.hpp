/* The CUDA runtime of the process: opened on first need, never closed. */
#ifndef POLYCODEC_CUDA_RUNTIME_HPP
#define POLYCODEC_CUDA_RUNTIME_HPP

#include <cstdint>
#include <string>

#include "cuda_functions.hpp"

namespace polycodec::cuda {

struct Device {
  std::string name;
  int compute_major = 0, compute_minor = 0;
  uint64_t total_bytes = 0, max_pitch = 0;
};

class Runtime {
 public:
  static constexpr int kMaxDevices = 64, kNobodys = -1;

  /*
   * Null: `why` says what is missing: the runtime, the driver, or a device. What was found is kept; what was not is
   * looked for again. Makes no context.
   */
  static const Runtime* Get(std::string& why);
  /* What Get has found; null if it was not called, or has found nothing. */
  static const Runtime* Found();

  /* CUDA's functions. Whoever calls them passes the result through Checked. */
  const cudart::Functions& functions() const { return functions_; }
  /*
   * Clears an error, which else the next who asks for the last one would get. `device`: whose fault it is, if it is of the
   * kind that loses a device.
   */
  cudart::Error Checked(cudart::Error error, int device = kNobodys) const {
    return error == cudart::kSuccess ? error : Noted(error, device);
  }
  /* Makes a device the calling thread's current one; refused with the error that lost it if it is lost. */
  cudart::Error SetDevice(int device) const;
  /* "cudaMalloc: cudaErrorMemoryAllocation (2): out of memory". */
  std::string Explain(cudart::Error error, const char* what) const;

  int version() const { return version_; }
  int driver_version() const { return driver_version_; }
  int device_count() const { return device_count_; }
  const std::string& path() const { return path_; }
  cudart::Error DeviceOf(int index, Device& device) const;

 private:
  static const Runtime* Open(std::string& why);
  std::string Start();
  cudart::Error Noted(cudart::Error error, int device) const;

  cudart::Functions functions_{};
  int version_ = 0, driver_version_ = 0, device_count_ = 0;
  std::string path_;
};

/*
 * Makes a device the thread's current one for as long as this lives. Where the thread had another, that one is made
 * current again, for the sake of others who use CUDA on this thread; not on threads of our own, since to
 * make a device current is to make a context on it.
 */
class CurrentDevice {
 public:
  CurrentDevice(const Runtime& runtime, int device);
  ~CurrentDevice();
  cudart::Error error() const { return error_; }

 private:
  const Runtime& runtime_;
  int before_ = -1;
  cudart::Error error_;
};

/* This thread is ours: which device is its current one matters to nobody else, and is left as it comes. */
void OwnThread();
/* The device that was made current on this thread last, by us; -1: none. */
int CurrentDeviceOfThread();

/* "13.5" */
std::string VersionText(int version);

}  // namespace polycodec::cuda

#endif
