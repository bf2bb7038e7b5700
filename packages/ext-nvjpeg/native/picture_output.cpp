#include "picture_output.hpp"

namespace polycodec::nvjpeg {
namespace {

/* Rows that begin on such a boundary are written in whole transactions. */
constexpr size_t kRowAlignment = 256;

}  // namespace

PictureOutput::PictureOutput(const cuda::Device& device, const polycodec_decode_task& task, const DecodePlan& plan,
                             const cuda::Stream& stream)
    : device_(&device), task_(&task), plan_(plan) {
  const bool to_device = task.device >= 0;
  if (to_device && task.has_cuda_stream) {
    device.Check(device.api->join(device.index, task.cuda_stream, stream.get()), "cudaStreamWaitEvent");
  }
  direct_ = to_device && plan.is_direct(task.output);
  const bool interchangeable = plan.produced.channels == 1 || plan.produced.sample_format == task.output.sample_format;
  if (to_device && !interchangeable) {
    throw cuda::Failure(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED, "on the device the library's own formats only");
  }
  uint8_t* first = task.pixels;
  size_t plane = task.output.plane_stride;
  pitch_ = task.output.row_stride;
  if (!direct_) {
    pitch_ = (size_t{plan.decoded_width} * plan.pixel_bytes + kRowAlignment - 1) / kRowAlignment * kRowAlignment;
    plane = pitch_ * plan.decoded_height;
    on_device_ = cuda::Memory(device, cuda::Place::kDevice, plane * plan.planes, stream);
    first = on_device_.data();
  }
  if (!to_device) {
    const size_t bytes = plan.produced.row_stride * plan.produced.height * plan.planes;
    pinned_ = cuda::Memory(device, cuda::Place::kPinned, bytes, stream);
  }
  for (uint32_t c = 0; c < plan.planes; c++) {
    buffers.channel[c] = first + plane * c;
    buffers.pitch[c] = pitch_;
  }
}

void PictureOutput::Land(const cuda::Stream& stream) {
  if (direct_) return;
  const polycodec_layout& to = pinned_ ? plan_.produced : task_->output;
  uint8_t* first = pinned_ ? pinned_.data() : task_->pixels;
  for (uint32_t c = 0; c < plan_.planes; c++) {
    const uint8_t* from = buffers.channel[c] + plan_.y * pitch_ + size_t{plan_.x} * plan_.pixel_bytes;
    device_->Check(device_->api->copy_2d(first + to.plane_stride * c, to.row_stride, from, pitch_,
                                         size_t{to.width} * plan_.pixel_bytes, to.height, stream.get()),
                   "cudaMemcpy2DAsync");
  }
}

void PictureOutput::Deliver() {
  const polycodec_decode_task& task = *task_;
  on_device_.Reset();
  if (pinned_ && !host->convert(pinned_.data(), &plan_.produced, task.pixels, &task.output)) {
    throw cuda::Failure(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED, "no conversion to the output's layout");
  }
  pinned_.Reset();
}

}  // namespace polycodec::nvjpeg
