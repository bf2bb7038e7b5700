/*
 * polycodec_cuda_pixels.hpp - the way of decoded pixels from where a library writes them to where a task wants them, and of
 * pixels that are to be encoded to the device. C++20, header only.
 */
#ifndef POLYCODEC_CUDA_PIXELS_HPP
#define POLYCODEC_CUDA_PIXELS_HPP

#include <cstdint>

#include "polycodec_cuda_backend.hpp"

namespace polycodec::cuda {

/* nvJPEG counts the bytes of a picture in 32 bits. nvJPEG2000 does not say; signed 32 bits hold in every case. */
constexpr uint64_t kMaxPictureBytes = 0x7fffffff;

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

/* Throws if a task allows less pinned memory than so many bytes. */
inline void RequireScratch(uint64_t allowed, uint64_t bytes) {
  if (allowed == 0 || bytes <= allowed) return;
  throw Failure(POLYCODEC_RESOLUTION_UNSUPPORTED,
                "needs " + std::to_string(bytes) + " bytes of pinned memory, " + std::to_string(allowed) + " are allowed");
}

/*
 * The pixels of a task to be encoded, on the device: where they lie, if they are there, else copied by way of pinned memory.
 * The user's own memory is read before the constructor returns.
 */
class PictureInput {
 public:
  PictureInput() = default;
  /* `given`: what the library takes, without padding. `stream`: where the copy goes, and what follows it must. */
  PictureInput(const Device& device, const polycodec_encode_task& task, const polycodec_layout& given, const Stream& stream) {
    const bool on_device = task.device >= 0;
    const polycodec_layout& layout = on_device ? task.input : given;
    row_stride_ = layout.row_stride, plane_stride_ = layout.plane_stride;
    if (on_device) {
      // Gray is the same in all its formats.
      const bool same = given.channels == 1 || given.sample_format == task.input.sample_format;
      if (!same) throw Failure(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED, "on the device the library's own formats only");
      if (task.has_cuda_stream) {
        device.Check(device.api->join(device.index, task.cuda_stream, stream.get()), "cudaStreamWaitEvent");
      }
      first_ = task.pixels;
      return;
    }
    const size_t bytes = given.plane_stride > 0 ? given.plane_stride * given.channels : given.row_stride * given.height;
    RequireScratch(task.max_scratch_bytes, bytes);
    pinned_ = Memory(device, Place::kPinned, bytes, stream);
    if (!host->convert(task.pixels, &task.input, pinned_.data(), &given)) {
      throw Failure(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED, "no conversion from the input's layout");
    }
    on_device_ = Memory(device, Place::kDevice, bytes, stream);
    device.Check(device.api->copy(on_device_.data(), pinned_.data(), bytes, stream.get()), "cudaMemcpyAsync");
    first_ = on_device_.data();
  }

  /* A plane's first byte. Libraries have one type for what they read and write, so it is not const. */
  uint8_t* plane(uint32_t index) const { return const_cast<uint8_t*>(first_) + plane_stride_ * index; }
  size_t row_stride() const { return row_stride_; }

 private:
  const uint8_t* first_ = nullptr;
  size_t row_stride_ = 0, plane_stride_ = 0;
  Memory pinned_, on_device_;
};

}  // namespace polycodec::cuda

#endif
