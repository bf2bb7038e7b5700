#include "scan_writer.hpp"

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <new>

namespace polycodec::jpeg_encode {

void PadTokens(TokenBuffer& tokens) {
  for (; tokens.count % kTokenGroup != 0; ++tokens.count) {
    tokens.kinds[tokens.count] = kNoToken;
    tokens.values[tokens.count] = 0;
  }
}

void DropWholeGroups(TokenBuffer& tokens) {
  const size_t rest = tokens.count % kTokenGroup, taken = tokens.count - rest;
  // A whole group always, which takes less time than to ask how much.
  uint8_t kinds[kTokenGroup];
  int16_t values[kTokenGroup];
  std::memcpy(kinds, tokens.kinds + taken, sizeof kinds);
  std::memcpy(values, tokens.values + taken, sizeof values);
  std::memcpy(tokens.kinds, kinds, sizeof kinds);
  std::memcpy(tokens.values, values, sizeof values);
  tokens.count = rest;
}

ScanWriter::ScanWriter(Level level) : pack_(PackBitsFor(level)), stuff_(StuffBytesFor(level)) {}

void ScanWriter::Begin(const CodeTable& codes, Output& output) {
  codes_ = &codes;
  output_ = &output;
  bits_ = {.at = bytes_.data()};
  restarts_ = 0;
}

void ScanWriter::Write(const uint16_t* symbols, const int16_t* values, size_t count) {
  for (size_t at = 0; at < count; at += kSlice) {
    pack_(symbols + at, values + at, std::min(kSlice, count - at), *codes_, bits_);
    if (bits_.at - bytes_.data() >= static_cast<ptrdiff_t>(kFlushAt)) Flush();
  }
}

void ScanWriter::Restart() {
  bits_.Finish();
  Flush();
  output_->Word(0xffd0 + restarts_++ % 8);
}

void ScanWriter::End() {
  bits_.Finish();
  Flush();
  output_->Word(0xffd9);
}

void ScanWriter::Flush() {
  const size_t size = static_cast<size_t>(bits_.at - bytes_.data());
  uint8_t* to = output_->Reserve(2 * size + 64);
  output_->Advance(static_cast<size_t>(stuff_(bytes_.data(), bits_.at, to) - to));
  bits_.at = bytes_.data();
}

void TokenStore::Free::operator()(void* memory) const { std::free(memory); }

void TokenStore::Begin(uint64_t maxBytes) {
  count_ = 0;
  maxBytes_ = maxBytes;
  restarts_.clear();
  for (auto& tally : tallies_) tally.fill(0);
  // What one large picture took is not kept for ever.
  constexpr size_t kKept = 4 << 20;
  if (capacity_ > kKept || (maxBytes != 0 && Bytes() > maxBytes)) {
    symbols_.reset();
    values_.reset();
    capacity_ = 0;
  }
}

// Large blocks of memory grow without being copied.
bool TokenStore::Grow(size_t count) {
  const size_t most = maxBytes_ == 0 ? SIZE_MAX : maxBytes_ / kTokenBytes;
  if (count > most) return false;
  const size_t capacity = std::min(std::max(count + count / 2, size_t{1} << 16), most);
  const auto grow = [capacity](auto& pointer) {
    void* memory = std::realloc(pointer.get(), capacity * sizeof(*pointer));
    if (memory == nullptr) throw std::bad_alloc();
    (void)pointer.release();
    pointer.reset(static_cast<decltype(pointer.get())>(memory));
  };
  grow(symbols_);
  grow(values_);
  capacity_ = capacity;
  return true;
}

bool TokenStore::Add(const uint16_t* symbols, const int16_t* values, size_t count) {
  if (count == 0) return true;  // there may be no memory yet
  if (count_ + count > capacity_ && !Grow(count_ + count)) return false;
  std::memcpy(symbols_.get() + count_, symbols, count * sizeof *symbols);
  std::memcpy(values_.get() + count_, values, count * sizeof *values);
  for (size_t i = 0; i < count; i += 4) {
    for (size_t j = 0; j < 4; ++j) ++tallies_[j][symbols[i + j]];
  }
  count_ += count;
  return true;
}

const std::array<uint64_t, kSymbols>& TokenStore::Frequencies() {
  for (unsigned i = 0; i < kSymbols; ++i) {
    frequencies_[i] = uint64_t{tallies_[0][i]} + tallies_[1][i] + tallies_[2][i] + tallies_[3][i];
  }
  return frequencies_;
}

void TokenStore::WriteTo(ScanWriter& writer) const {
  size_t at = 0;
  const auto writeUntil = [&](size_t end) {
    writer.Write(symbols_.get() + at, values_.get() + at, end - at);
    at = end;
  };
  for (const size_t restart : restarts_) {
    writeUntil(restart);
    writer.Restart();
  }
  writeUntil(count_);
}

}  // namespace polycodec::jpeg_encode
