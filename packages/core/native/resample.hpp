/* Resizing 8-bit pictures, equal to Pillow's Image.resize to the bit, and as much of the result as is wanted. */
#ifndef POLYCODEC_RESAMPLE_HPP
#define POLYCODEC_RESAMPLE_HPP

#include <cstddef>
#include <cstdint>

#include "pixels_level.hpp"
#include "resample_axis.hpp"
#include "resample_passes.hpp"

namespace polycodec::resample {

/* Interleaved samples of 8 bits. kSlack bytes behind the last row's pixels may be read, whatever they hold. */
struct Picture {
  const uint8_t* pixels;
  uint32_t width, height, channels;
  ptrdiff_t rowStride;
};

/* The part of the resized picture that is wanted: inside it, and not empty. */
struct Window {
  uint32_t y, x, height, width;
};

/*
 * One resize, row by row. An axis whose size does not change is not filtered. Rows and columns of the picture that no
 * wanted pixel needs are not looked at.
 *
 * Which pass comes first shows, because each rounds to 8 bits. As in Pillow 13 it is the horizontal one, unless the
 * height shrinks by more than twice the pixels that the width does.
 */
class Resize {
 public:
  /* Bytes of tables and scratch memory that a resize takes, at most. */
  static uint64_t Cost(const Picture& picture, uint32_t width, uint32_t height, Filter filter, const Window& window);

  /* Then ask `ok`. */
  Resize(const Picture& picture, uint32_t width, uint32_t height, Filter filter, const Window& window,
         pixels::Level level);

  /* Was there memory for the weights? */
  bool ok() const { return ok_; }
  size_t scratch_bytes() const { return rows_bytes_ + down_bytes_ + 2 * turned_bytes_; }
  /* Runs the passes but a vertical one at the end, into scratch memory that must live as long as Row is called. */
  void Begin(uint8_t* scratch) noexcept;
  /* Row `y` of the window, from 0. `dst` has kSlack bytes to spare behind the row. */
  void Row(uint32_t y, uint8_t* dst) const noexcept;

 private:
  void RunAcross(const uint8_t* src, ptrdiff_t srcRow, uint8_t* scratch) noexcept;
  void RunTurned(const uint8_t* src, ptrdiff_t srcRow, uint8_t* scratch) noexcept;

  Picture picture_;
  Window window_;

  Passes passes_;
  bool ok_ = true;
  bool horizontal_, vertical_;
  bool down_first_; /* both passes, the vertical one first */
  Axis across_, down_;
  uint32_t row_count_; /* rows that the horizontal pass runs along */
  size_t rows_bytes_ = 0, down_bytes_ = 0, turned_bytes_ = 0;
  const uint8_t* rows_ = nullptr; /* after Begin: the rows that Row makes its rows of */
  ptrdiff_t row_stride_ = 0;
};

}  // namespace polycodec::resample

#endif
