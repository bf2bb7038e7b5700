#include "gif_lzw.hpp"

#include <algorithm>
#include <cstring>

namespace polycodec::gif {
namespace {

// A string that may reach into what it writes: then its first indices repeat.
void CopyForward(uint8_t* indices, size_t from, size_t to, size_t count) {
  if (from + count <= to) {
    std::memcpy(indices + to, indices + from, count);
  } else {
    for (size_t i = 0; i < count; ++i) indices[to + i] = indices[from + i];
  }
}

}  // namespace

bool CodeReader::Read(unsigned bits, uint32_t* code) {
  while (held_ < bits) {
    if (!Fill()) return false;
  }
  *code = static_cast<uint32_t>(window_) & ((1u << bits) - 1);
  window_ >>= bits;
  held_ -= bits;
  return true;
}

// Adds a byte to the window, or four where the sub-block has them: it holds fewer than 12 bits before.
bool CodeReader::Fill() {
  if (inBlock_ == 0 && !NextBlock()) return false;
  if (inBlock_ < 4) {
    window_ |= uint64_t{*at_} << held_;
    Advance(1);
  } else {
    uint32_t four;
    std::memcpy(&four, at_, sizeof four);
    window_ |= uint64_t{four} << held_;
    Advance(4);
  }
  return true;
}

void CodeReader::Advance(size_t bytes) {
  at_ += bytes;
  inBlock_ -= bytes;
  held_ += 8 * static_cast<unsigned>(bytes);
}

bool CodeReader::NextBlock() {
  if (finished_) return false;
  if (at_ == end_) {
    finished_ = fileEnded_ = true;
    return false;
  }
  const size_t length = *at_++;
  inBlock_ = std::min<size_t>(length, static_cast<size_t>(end_ - at_));
  finished_ = inBlock_ == 0;
  fileEnded_ = inBlock_ < length;
  return !finished_;
}

LzwExpander::LzwExpander(std::span<const uint8_t> blocks, unsigned codeSize, std::span<uint8_t> indices)
    : codes_(blocks), indices_(indices), clear_(1u << codeSize), codeSize_(codeSize), bits_(codeSize + 1),
      next_(clear_ + 2) {}

// The textbook's table keeps for each code the code before it and one index more, and a string is written backwards, link
// by link. But each new string is the one just written and the index that follows it in the output: it stands there
// already, in one piece. So an entry is a place in the output and a length, and to expand a code is to copy forward. The
// one code that may be used while it is being made, its string followed by its own first index, is such a copy too.
LzwEnd LzwExpander::Run(size_t wanted) {
  const uint32_t stop = clear_ + 1;
  wanted = std::min(wanted, indices_.size());
  while (count_ < wanted) {
    uint32_t code;
    if (!codes_.Read(bits_, &code)) return codes_.fileEnded() ? LzwEnd::kFileEnd : LzwEnd::kDataEnd;
    if (code == clear_) {
      bits_ = codeSize_ + 1;
      next_ = stop + 1;
      previous_.length = 0;
      continue;
    }
    if (code == stop) return LzwEnd::kDataEnd;

    if (previous_.length > 0 && next_ < 1u << kMaxCodeBits) {
      if (code > next_) return LzwEnd::kWrongCode;
      table_[next_] = {previous_.start, previous_.length + 1};
      if (++next_ == 1u << bits_ && bits_ < kMaxCodeBits) ++bits_;
    } else if (code >= next_) {
      return LzwEnd::kWrongCode;
    }
    previous_ = {static_cast<uint32_t>(count_), 1};
    if (code < clear_) {
      indices_[count_++] = static_cast<uint8_t>(code);
    } else {
      const Entry entry = table_[code];
      const size_t length = std::min<size_t>(entry.length, indices_.size() - count_);
      CopyForward(indices_.data(), entry.start, count_, length);
      count_ += length;
      previous_.length = entry.length;
    }
  }
  return LzwEnd::kNotYet;
}

}  // namespace polycodec::gif
