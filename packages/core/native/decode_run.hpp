/* One decode task on its way through a thread: its memory, on the host or a device, and what the runtime does around the backend. */
#ifndef POLYCODEC_DECODE_RUN_HPP
#define POLYCODEC_DECODE_RUN_HPP

#include <memory>
#include <optional>
#include <string>

#include "cuda_buffer.hpp"
#include "field_values.hpp"
#include "files.hpp"
#include "js_values.hpp"
#include "outcomes.hpp"
#include "pixels.hpp"
#include "task_fields.hpp"

namespace polycodec {

/* One sample, as unpacked on the JavaScript thread. */
struct DecodeItem {
  js::Bytes source;  /* unless there is a path */
  js::Bytes target;  /* data null: new memory */
  cuda::BufferRef device_target; /* the target, when it is a device's */
  std::unique_ptr<std::string> path;
};

/* One sample on its way through a thread: prepared, decoded by the backend, finished. */
class DecodeRun {
 public:
  /* Reads the file, takes memory, fills it. `device`: where the backend can write itself. false: the outcome says why not. */
  bool Prepare(const DecodeItem& item, const double* fields, int device, Outcome& outcome) {
    fields_ = fields;
    backend_device_ = device;
    task_ = {.struct_size = sizeof task_, .call = &call_, .data = item.source.data, .size = item.source.size,
             .image_index = ToU32(fields[decode_field::imageIdx]), .width = ToU32(fields[decode_field::infoWidth]),
             .height = ToU32(fields[decode_field::infoHeight]), .channels = ToU32(fields[decode_field::infoChannels]),
             .scale = ToU32(fields[decode_field::scale]), .orientation = Int(decode_field::orientation),
             .has_region = Int(decode_field::hasRegion), .y0 = ToU32(fields[decode_field::y0]),
             .x0 = ToU32(fields[decode_field::x0]), .y1 = ToU32(fields[decode_field::y1]),
             .x1 = ToU32(fields[decode_field::x1]), .output = LayoutAt(fields, decode_field::output), .pixels = nullptr,
             .allow_partial = Int(decode_field::allowPartial), .max_scans = ToU32(fields[decode_field::maxScans]),
             .max_scan_pixels = ToU64(fields[decode_field::maxScanPixels]),
             .max_scratch_bytes = ToU64(fields[decode_field::maxScratchBytes]), .threads = call_.threads, .device = -1,
             .has_cuda_stream = Int(decode_field::hasCudaStream),
             .cuda_stream = StreamAt(fields[decode_field::cudaStream])};
    if (item.path && !ReadFile(*item.path, outcome)) return false;
    return TakeMemory(item, outcome);
  }

  /* Converts if need be, and notes what came of it. */
  void Finish(polycodec_status status, Outcome& outcome) {
    outcome.status = status;
    if (call_.notes) outcome.notes = std::move(call_.notes);
    if (status == POLYCODEC_SUCCESS && scratch_) {
      const pixels::TransformSpec spec = Conversion();
      const polycodec_layout source = pixels::Shrink(spec.shrink, scratch_.data(), task_.output);
      pixels::Transform(spec, scratch_.data(), source, rows_, final_);
    }
    if (status == POLYCODEC_SUCCESS && picture_) WriteSlot(outcome);
    if (status == POLYCODEC_SUCCESS && device_) FinishOnDevice(outcome);
    if (outcome.status != POLYCODEC_SUCCESS) outcome.memory.Reset();
    device_.Reset();
  }

  polycodec_call& call() { return call_; }
  const polycodec_decode_task& task() const { return task_; }

 private:
  int32_t Int(size_t place) const { return static_cast<int32_t>(ToU32(fields_[place])); }
  pixels::TransformSpec Conversion() const { return TransformAt(fields_ + decode_field::transformOrientation); }
  tensor::Spec Slot() const { return SlotAt(fields_ + decode_field::tensor + 1); }
  polycodec_layout Whole() const { return LayoutAt(fields_, decode_field::target); }

  bool ReadFile(const std::string& path, Outcome& outcome) {
    if (files::Error error = files::Read(path, file_)) {
      outcome.Fail(POLYCODEC_IO_ERROR, std::move(error.message));
      return false;
    }
    task_.data = file_.memory.data();
    task_.size = file_.size;
    return true;
  }

  /* The picture is complete; what the user gets of it is its slot of the tensor. */
  void WriteSlot(Outcome& outcome) {
    std::string why;
    if (call_.call != nullptr && call_.call->cancelled()) {
      outcome.status = POLYCODEC_CANCELLED; /* nobody waits for it, and the tensor may be the user's again */
      return;
    }
    const polycodec_status status =
        tensor::Write(Slot(), picture_.data(), Whole(), task_.max_scratch_bytes, slot_, why);
    if (status != POLYCODEC_SUCCESS) outcome.Fail(status, std::move(why));
  }

  std::optional<cudart::Stream> UserStream() const {
    if (task_.has_cuda_stream == 0) return std::nullopt;
    return task_.cuda_stream;
  }

  /* The same byte for the whole target, which is all that a device can be filled with. */
  bool FillsWithOneByte() const {
    const polycodec_layout whole = Whole();
    const double first = fields_[decode_field::fill0];
    bool is_one = whole.dtype == POLYCODEC_UINT8 || first == 0;
    for (size_t c = 1; c < 5; c++) is_one = is_one && (c >= whole.channels || fields_[decode_field::fill0 + c] == first);
    return is_one;
  }

  /*
   * Takes the target on its device. The backend writes there itself if it works on that device and nothing is to be converted;
   * else `length` bytes of the host's memory stand for it until the end.
   */
  bool TakeDeviceMemory(const DecodeItem& item, int device, uint64_t length, Outcome& outcome, uint8_t** memory) {
    cuda::OwnThread();
    std::string why;
    const cuda::Runtime* runtime = cuda::Runtime::Get(why);
    if (runtime == nullptr) {
      outcome.Fail(POLYCODEC_FAIL, std::move(why));
      return false;
    }
    is_device_given_ = static_cast<bool>(item.device_target);
    cudart::Error error = cudart::kSuccess;
    device_ = is_device_given_ ? cuda::BufferRef::Retained(item.device_target.get())
                               : cuda::BufferRef(cuda::DeviceBuffer::Take(*runtime, device, length, error));
    if (!device_) {
      outcome.Fail(error == cudart::kMemoryAllocation ? POLYCODEC_OUT_OF_MEMORY : POLYCODEC_FAIL,
                   runtime->Explain(error, "cudaMalloc") + ", for " + std::to_string(length) + " bytes of pixels on device " +
                       std::to_string(device));
      return false;
    }
    if (device_->size() < length) {
      outcome.Fail(POLYCODEC_FAIL, "the planned pixels do not fit into the memory planned for them");
      return false;
    }
    const bool transforms = fields_[decode_field::transform] != 0, fills = fields_[decode_field::hasFill] != 0;
    if (backend_device_ == device_->device() && !transforms && (!fills || FillsWithOneByte())) {
      if (fills) {
        const auto byte = static_cast<uint8_t>(ToU32(fields_[decode_field::fill0]));
        why = cuda::FillNow(*runtime, device_->device(), device_->data(), byte, length, UserStream());
        if (!why.empty()) {
          outcome.Fail(POLYCODEC_FAIL, std::move(why));
          return false;
        }
      }
      task_.device = device_->device();
      *memory = device_->data();
      return true;
    }
    staging_ = ScopedSlab(length);
    *memory = staging_.data();
    return true;
  }

  void FinishOnDevice(Outcome& outcome) {
    if (staging_) {
      const cuda::Runtime& runtime = *cuda::Runtime::Found();
      cuda::OwnThread();
      std::string why = cuda::CopyNow(runtime, device_->device(), device_->data(), staging_.data(),
                                      ToU64(fields_[decode_field::byteLength]), UserStream());
      if (!why.empty()) return outcome.Fail(POLYCODEC_FAIL, std::move(why));
    }
    if (task_.has_cuda_stream != 0) device_->UsedOn(task_.cuda_stream);
    if (!is_device_given_) outcome.device_memory = std::move(device_);
  }

  bool TakeMemory(const DecodeItem& item, Outcome& outcome) {
    const bool transforms = fields_[decode_field::transform] != 0, fills = fields_[decode_field::hasFill] != 0;
    final_ = transforms ? LayoutAt(fields_, decode_field::final) : task_.output;
    const bool tensor = fields_[decode_field::tensor] != 0;
    const polycodec_layout whole = Whole();
    const bool given = item.target.data != nullptr && !tensor;
    const auto device = static_cast<int>(ToU32(fields_[decode_field::onDevice])) - 1;
    const uint64_t length = given ? item.target.size : ToU64(fields_[decode_field::byteLength]);
    const uint64_t offset = ToU64(fields_[decode_field::targetOffset]), extent = ExtentOf(final_);
    // The planner's numbers are believed in nothing that could write outside the memory.
    if (extent > length || offset > length - extent || (fills && ExtentOf(whole) > length)) {
      outcome.Fail(POLYCODEC_FAIL, "the planned pixels do not fit into the memory planned for them");
      return false;
    }
    uint8_t* memory = given ? item.target.data : nullptr;
    if (tensor) {
      const tensor::Spec spec = Slot();
      const uint64_t slot = tensor::SlotBytes(spec, whole);
      if (slot == 0 || item.target.data == nullptr || slot > item.target.size || ExtentOf(whole) > length) {
        outcome.Fail(POLYCODEC_FAIL, "the picture does not fit into its slot of the tensor");
        return false;
      }
      if (tensor::IsPicture(spec, whole)) {
        memory = item.target.data;
      } else {
        slot_ = item.target.data;
        picture_ = ScopedSlab(length + resample::kSlack);
        memory = picture_.data();
      }
    } else if (device >= 0 || item.device_target) {
      if (!TakeDeviceMemory(item, device, length, outcome, &memory)) return false;
    } else if (!given) {
      outcome.memory = ScopedSlab(length);
      outcome.size = length;
      memory = outcome.memory.data();
    }
    if (transforms) {
      const uint64_t bytes = ExtentOf(task_.output);
      const pixels::TransformSpec spec = Conversion();
      if (bytes == UINT64_MAX || !pixels::CanTransform(task_.output, final_) ||
          !pixels::Fits(spec, pixels::ShrunkenLayout(spec.shrink, task_.output), final_)) {
        outcome.Fail(POLYCODEC_FAIL, "the planned conversion does not exist");
        return false;
      }
      if (memory != nullptr) scratch_ = ScopedSlab(bytes);
    }
    if (memory == nullptr || (transforms && !scratch_)) {
      outcome.memory.Reset();
      outcome.Fail(POLYCODEC_OUT_OF_MEMORY, "no memory for " + std::to_string(length) + " bytes of pixels");
      return false;
    }
    if (fills && task_.device < 0) pixels::Fill(whole, memory, fields_ + decode_field::fill0);
    rows_ = memory + offset;
    task_.pixels = transforms ? scratch_.data() : rows_;
    return true;
  }

  polycodec_call call_;
  polycodec_decode_task task_{};
  const double* fields_ = nullptr;
  files::Contents file_;
  ScopedSlab scratch_;         /* the backend's pixels, when they must be converted */
  ScopedSlab picture_;         /* the picture on its way into a tensor, unless it is the slot as it is */
  uint8_t* slot_ = nullptr;    /* of the tensor, for that picture */
  int backend_device_ = -1;
  cuda::BufferRef device_;     /* the target, when it is a device's */
  bool is_device_given_ = false;
  ScopedSlab staging_;         /* what stands for it in the host's memory, when the backend cannot write there */
  polycodec_layout final_{};
  uint8_t* rows_ = nullptr;    /* where the final first row begins */
};

}  // namespace polycodec

#endif
