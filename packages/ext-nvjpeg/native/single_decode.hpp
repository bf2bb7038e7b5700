/*
 * Pictures one by one, in nvJPEG's three steps. A chunk is decoded in waves. The first step of all pictures of a wave,
 * which is work of the CPU, is spread over the executor's threads while the GPU has the wave before. The lane's own thread
 * alone gives work to the GPU and waits for it, so that a device that hangs holds none of the executor's threads:
 *
 *     CPU, many threads    first steps of wave 2, pixels of wave 0 into place
 *     GPU                  wave 1
 *
 * Each of two sets of pages, used in turn, has what the pictures of a wave need: library objects with pinned buffers.
 */
#pragma once

#include <array>
#include <memory>
#include <vector>

#include "picture_output.hpp"
#include "session.hpp"

namespace polycodec::nvjpeg {

struct SingleOptions {
  explicit SingleOptions(const Params& params);
  bool regions_interpolate_too;
  uint32_t streams;       // how many pictures the GPU may work on at a time
  uint64_t device_bytes;  // what two waves may take, roughly
};

class SingleDecoder {
 public:
  /* On a session for kHybrid (Huffman on the CPU) or kGpuHybrid (on the GPU). */
  SingleDecoder(Session& session, const Params& params);
  ~SingleDecoder();

  /* A status for each task; every failure says why in its task's message. Called by one thread at a time. */
  void Decode(const polycodec_decode_task* const* tasks, size_t count, polycodec_status* statuses);

 private:
  struct Page;
  using Pages = std::vector<std::unique_ptr<Page>>;
  /* What a chunk is about. */
  struct Chunk {
    const polycodec_decode_task* const* tasks;
    polycodec_status* statuses;
  };

  void Run(const Chunk& chunk, const std::vector<size_t>& places, size_t most);
  size_t WaveSize(const Chunk& chunk, const std::vector<size_t>& places, size_t begin, size_t most) const;
  size_t MakePages(Pages& pages, const Chunk& chunk, const std::vector<size_t>& places, size_t begin, size_t size);
  void Collect(const Chunk& chunk, Pages& pages);
  void HostStep(Page& page, const polycodec_decode_task& task);
  void Launch(const Chunk& chunk, Page& page, const cuda::Stream& stream);

  Session& session_;
  const SingleOptions options_;
  std::vector<std::unique_ptr<cuda::Stream>> streams_;
  std::array<Pages, 2> sets_;
};

}  // namespace polycodec::nvjpeg
