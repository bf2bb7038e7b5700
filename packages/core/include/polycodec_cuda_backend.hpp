/*
 * polycodec_cuda_backend.hpp - what backends on codec libraries for NVIDIA devices have in common: options, objects of the
 * library's, work whose failure is one task's, the way of decoded pixels to where the task wants them. C++20, header only.
 */
#ifndef POLYCODEC_CUDA_BACKEND_HPP
#define POLYCODEC_CUDA_BACKEND_HPP

#include <cmath>
#include <cstdint>
#include <string>
#include <utility>

#include "polycodec_cuda.hpp"

namespace polycodec::cuda {

/* A number of `params` that must be an integer from `least` to `most`; throws Failure(BACKEND_UNSUPPORTED) if it is not. */
inline uint64_t IntegerOption(const Params& params, const char* name, uint64_t otherwise, uint64_t least, uint64_t most) {
  const double value = params.Number(name, static_cast<double>(otherwise));
  if (std::floor(value) == value && value >= static_cast<double>(least) && value <= static_cast<double>(most)) {
    return static_cast<uint64_t>(value);
  }
  throw Failure(POLYCODEC_BACKEND_UNSUPPORTED, std::string("the option ") + name + " is " + std::to_string(value) +
                                                   ", expected an integer from " + std::to_string(least) + " to " +
                                                   std::to_string(most));
}

/* "CUDA runtime 13.0, driver for CUDA 13.0, device 0 NVIDIA H100 (9.0)": for `doctor`. */
inline std::string Describe(const Device& device) {
  const auto dotted = [](int version) { return std::to_string(version / 1000) + "." + std::to_string(version / 10 % 100); };
  std::string text = "CUDA runtime " + dotted(device.api->runtime_version) + ", driver for CUDA " +
                     dotted(device.api->driver_version) + ", device " + std::to_string(device.index);
  polycodec_cuda_device facts{};
  facts.struct_size = sizeof facts;
  if (device.api->device(device.index, &facts) != 0) return text;
  return text + " " + facts.name + " (" + std::to_string(facts.compute_major) + "." + std::to_string(facts.compute_minor) + ")";
}

/* "13.3.2" of a codec library's version, 130302: 10,000 major + 100 minor + patch. */
inline std::string Dotted(int version) {
  return std::to_string(version / 10000) + "." + std::to_string(version / 100 % 100) + "." + std::to_string(version % 100);
}

/* Why the backend is off. An empty fact: whoever failed has said it. */
[[noreturn]] inline void Refuse(const std::string& fact) { throw Failure(POLYCODEC_BACKEND_UNSUPPORTED, fact); }

/* Finds a function of a library; nullptr where it has none of that name. */
template <class Function>
void Bind(void* library, const char* name, Function& function) {
  function = reinterpret_cast<Function>(host->library_symbol(library, name));
}

/* A pointer of the library's, destroyed by the function given. */
template <class T, class Status>
class Owned {
 public:
  using Destroy = Status (*)(T);
  explicit Owned(Destroy destroy) : destroy_(destroy) {}
  ~Owned() { Reset(); }
  Owned(Owned&& other) noexcept : destroy_(other.destroy_), value_(std::exchange(other.value_, nullptr)) {}
  Owned& operator=(Owned&&) = delete;
  T* out() { return &value_; }
  T get() const { return value_; }
  void Reset() {
    if (value_ != nullptr) destroy_(value_);
    value_ = nullptr;
  }

 private:
  Destroy destroy_;
  T value_ = nullptr;
};

/* The function that makes an instance: what its constructor throws is the reason for which the backend is off. */
template <class Instance>
polycodec_status Create(polycodec_call* call, const polycodec_params* params, void** instance) {
  return Guarded(call, [&] {
    try {
      *instance = new Instance(call, Params(params));
      return POLYCODEC_SUCCESS;
    } catch (const Failure& failure) {
      // An empty fact: whoever failed has said it.
      if (failure.what()[0] != 0) host->message(call, "%s", failure.what());
      return failure.status;
    }
  });
}

/*
 * Runs `work` for one task, whose failure becomes the task's status and message. true: it succeeded, and the status is left
 * alone. `broken`, if given, is set when what the work was done with must be made anew. `session.Disable(fact)` is called
 * when nothing will ever succeed on this device.
 */
template <class Session, class Work>
bool Try(Session& session, polycodec_call* call, polycodec_status& status, bool* broken, Work&& work) noexcept {
  bool succeeded = false;
  const polycodec_status outcome = Guarded(call, [&] {
    try {
      work();
      succeeded = true;
      return POLYCODEC_SUCCESS;
    } catch (const Failure& failure) {
      if (failure.what()[0] != 0) host->message(call, "%s", failure.what());
      if (broken != nullptr) *broken |= failure.broken;
      if (failure.status == POLYCODEC_BACKEND_UNSUPPORTED && failure.broken) session.Disable(failure.what());
      return failure.status;
    }
  });
  if (!succeeded) status = outcome;
  return succeeded;
}

inline void RequireNotCancelled(const polycodec_call* call) {
  if (host->cancelled(call)) throw Failure(POLYCODEC_CANCELLED, "cancelled");
}

/* What a library writes of a picture, and which part of it is kept. */
struct Produced {
  uint32_t width = 0, height = 0;             // all that the library writes
  uint32_t planes = 1, pixel_bytes = 3;       // buffers; bytes from one pixel of a buffer to the next
  uint32_t x = 0, y = 0;                      // where the kept part begins
  polycodec_layout kept{};                    // without padding; `convert` of the host makes the task's output of it

  /* May the library write where the task wants the pixels? */
  bool is_direct(const polycodec_layout& output) const {
    return matches(output) && x == 0 && y == 0 && width == output.width && height == output.height;
  }
  /* Is nothing to be converted? Gray is the same in all its formats. */
  bool matches(const polycodec_layout& output) const {
    const bool gray = output.channels == 1 && kept.channels == 1;
    return gray || output.sample_format == kept.sample_format;
  }
};

/*
 * The way of one picture's pixels: memory on the device that the library writes, pinned memory that they are copied to,
 * and the task's own, which the host converts them into. All that the device writes is ours until it is done: a task whose
 * stream hangs leaves nothing of the user's in the device's hands.
 */
class PictureOutput {
 public:
  PictureOutput() = default;
  /* Takes the memory; `stream` is the one that the work will be put on. */
  PictureOutput(const Device& device, const polycodec_decode_task& task, const Produced& produced, const Stream& stream)
      : device_(&device), task_(&task), produced_(produced) {
    const bool to_device = task.device >= 0;
    if (to_device && task.has_cuda_stream) {
      device.Check(device.api->join(device.index, task.cuda_stream, stream.get()), "cudaStreamWaitEvent");
    }
    if (to_device && !produced.matches(task.output)) {
      throw Failure(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED, "on the device the library's own formats only");
    }
    direct_ = to_device && produced.is_direct(task.output);
    if (direct_) {
      first_ = task.pixels, pitch_ = task.output.row_stride, plane_ = task.output.plane_stride;
    } else {
      pitch_ = (size_t{produced.width} * produced.pixel_bytes + kRowAlignment - 1) / kRowAlignment * kRowAlignment;
      plane_ = pitch_ * produced.height;
      on_device_ = Memory(device, Place::kDevice, plane_ * produced.planes, stream);
      first_ = on_device_.data();
    }
    if (!to_device) {
      const size_t bytes = produced.kept.row_stride * produced.kept.height * produced.planes;
      pinned_ = Memory(device, Place::kPinned, bytes, stream);
    }
  }

  /* Where the library shall write: a plane's first byte, and bytes from a row to the next. */
  uint8_t* plane(uint32_t index) const { return first_ + plane_ * index; }
  size_t pitch() const { return pitch_; }

  /* Behind the library's work on the stream: the copy to the host, or to the task's own device memory. */
  void Land(const Stream& stream) {
    if (direct_) return;
    const polycodec_layout& to = pinned_ ? produced_.kept : task_->output;
    uint8_t* first = pinned_ ? pinned_.data() : task_->pixels;
    for (uint32_t c = 0; c < produced_.planes; c++) {
      const uint8_t* from = plane(c) + produced_.y * pitch_ + size_t{produced_.x} * produced_.pixel_bytes;
      device_->Check(device_->api->copy_2d(first + to.plane_stride * c, to.row_stride, from, pitch_,
                                           size_t{to.width} * produced_.pixel_bytes, to.height, stream.get()),
                     "cudaMemcpy2DAsync");
    }
  }

  /* When that has happened: into the task's memory. */
  void Deliver() {
    on_device_.Reset();
    if (pinned_ && !host->convert(pinned_.data(), &produced_.kept, task_->pixels, &task_->output)) {
      throw Failure(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED, "no conversion to the output's layout");
    }
    pinned_.Reset();
  }

 private:
  /* Rows that begin on such a boundary are written in whole transactions. */
  static constexpr size_t kRowAlignment = 256;

  const Device* device_ = nullptr;
  const polycodec_decode_task* task_ = nullptr;
  Produced produced_;
  uint8_t* first_ = nullptr;
  size_t pitch_ = 0, plane_ = 0;
  bool direct_ = false;  // the library writes the task's memory
  Memory on_device_, pinned_;
};

}  // namespace polycodec::cuda

#endif
