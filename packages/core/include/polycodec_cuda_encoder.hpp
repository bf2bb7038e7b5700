/*
 * polycodec_cuda_encoder.hpp - encoding one picture after the other on two streams in turn: while the device has one, the CPU
 * puts the next into pinned memory and takes the code stream of the last. C++20, header only.
 */
#ifndef POLYCODEC_CUDA_ENCODER_HPP
#define POLYCODEC_CUDA_ENCODER_HPP

#include <array>
#include <memory>

#include "polycodec_cuda_pixels.hpp"

namespace polycodec::cuda {

/* What every picture in flight has. */
struct EncoderSlot {
  explicit EncoderSlot(const Device& device) : stream(device), done(device) {}
  CudaStream cuda_stream() const { return static_cast<CudaStream>(stream.get()); }

  Stream stream;
  Event done;
  PictureInput input;  // kept until the picture is done
};

/*
 * `Slot`: an EncoderSlot with what a library needs besides; made of the session. Begin(session, task) is asynchronous from the copy
 * to the device on. When the picture is done, Retrieve(session, to, &size) puts the code stream into pinned memory on the stream,
 * asked first with NULL for its size, and Write(task, bytes, size) gives it to the task's sink. All throw Failure.
 */
template <class Session, class Slot>
class InTurn {
 public:
  /* Encoders have no options but the session's. */
  InTurn(Session& session, const Params&) : session_(session) {}
  ~InTurn() {
    // Not where nothing was made: to make a device current is to make a context.
    if (slots_[0].slot || slots_[1].slot) session_.device.api->set_device(session_.device.index);
  }

  /* A status for each task; every failure says why in its task's message. Called by one thread at a time. */
  void Encode(const polycodec_encode_task* const* tasks, size_t count, polycodec_status* statuses) {
    const Chunk chunk{tasks, statuses};
    for (size_t i = 0; i < count; i++) Run(chunk, i, slots_[i % 2]);
    for (Place& place : slots_) Collect(chunk, place);
    for (size_t i = 0; i < count; i++) {
      if (statuses[i] != POLYCODEC_OUT_OF_MEMORY) continue;
      // Once more and alone, with what the others have held.
      for (Place& place : slots_) place.slot.reset();
      Run(chunk, i, slots_[0]);
      Collect(chunk, slots_[0]);
    }
  }

 private:
  static constexpr size_t kNone = SIZE_MAX;
  struct Chunk {
    const polycodec_encode_task* const* tasks;
    polycodec_status* statuses;
  };
  struct Place {
    std::unique_ptr<Slot> slot;
    size_t task = kNone;  // whose picture it has
  };

  void Run(const Chunk& chunk, size_t i, Place& place) {
    Collect(chunk, place);
    const polycodec_encode_task& task = *chunk.tasks[i];
    bool broken = false;
    chunk.statuses[i] = POLYCODEC_SUCCESS;
    const bool begun = Try(task.call, chunk.statuses[i], &broken, [&] {
      RequireNotCancelled(task.call);
      session_.Enter();
      if (!place.slot) place.slot = std::make_unique<Slot>(session_);
      place.slot->Begin(session_, task);
      place.slot->done.Record(place.slot->stream);
      place.task = i;
    });
    if (!begun && place.slot) Settle(place, broken);
  }

  /* Takes the code stream of the picture that is there, if one is. */
  void Collect(const Chunk& chunk, Place& place) {
    if (place.task == kNone) return;
    const size_t i = std::exchange(place.task, kNone);
    const polycodec_encode_task& task = *chunk.tasks[i];
    bool broken = false;
    const bool ended = Try(task.call, chunk.statuses[i], &broken, [&] {
      session_.device.MakeCurrent();
      TakeCodeStream(*place.slot, task);
    });
    if (!ended) return Settle(place, broken);
    place.slot->input = {};
  }

  void TakeCodeStream(Slot& slot, const polycodec_encode_task& task) {
    slot.done.Wait();
    size_t size = 0;
    slot.Retrieve(session_, nullptr, &size);
    const Memory bytes(session_.device, cuda::Place::kPinned, size, slot.stream);
    slot.Retrieve(session_, bytes.data(), &size);
    session_.device.Check(session_.device.api->stream_synchronize(slot.stream.get()), "cudaStreamSynchronize");
    slot.Write(task, bytes.data(), size);
  }

  /* After a failure: waits for what is under way, whose memory would be used for something else. */
  void Settle(Place& place, bool broken) {
    session_.device.api->stream_synchronize(place.slot->stream.get());
    place.slot->input = {};
    if (!broken) return;
    place.slot->stream.Drop();
    place.slot.reset();
  }

  Session& session_;
  std::array<Place, 2> slots_;
};

}  // namespace polycodec::cuda

#endif
