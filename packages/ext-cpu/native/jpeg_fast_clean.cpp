#include "jpeg_fast_clean.hpp"

#include <algorithm>
#include <cstring>

#if defined(__x86_64__)
#include <immintrin.h>
#endif

namespace polycodec::jpeg::fast {
namespace {

// The definition: FF 00 becomes FF, FF with anything else behind it stops.
bool CleanPortable(const uint8_t*& from, const uint8_t* end, uint8_t*& to, const uint8_t* full) {
  while (from < end && to < full) {
    if (*from != 0xff) {
      *to++ = *from++;
      continue;
    }
    if (end - from < 2) return false;
    if (from[1] != 0) return true;
    *to++ = 0xff;
    from += 2;
  }
  return false;
}

#if defined(__x86_64__)

// 32 bytes at a time are copied as they are; an FF among them shortens the step to where it stands.
__attribute__((target("avx2"))) bool CleanAvx2(const uint8_t*& from, const uint8_t* end, uint8_t*& to, const uint8_t* full) {
  const __m256i ff = _mm256_set1_epi8(-1);
  const uint8_t* p = from;
  uint8_t* o = to;
  while (end - p >= 34 && o < full) {
    const __m256i bytes = _mm256_loadu_si256(reinterpret_cast<const __m256i*>(p));
    const auto hits = static_cast<uint32_t>(_mm256_movemask_epi8(_mm256_cmpeq_epi8(bytes, ff)));
    _mm256_storeu_si256(reinterpret_cast<__m256i*>(o), bytes);
    if (hits == 0) {
      p += 32, o += 32;
      continue;
    }
    const int plain = __builtin_ctz(hits);
    p += plain, o += plain;
    if (p[1] != 0) break;
    *o++ = 0xff;
    p += 2;
  }
  from = p, to = o;
  return CleanPortable(from, end, to, full);
}

// All FFs among 64 bytes at once: where each has a zero behind it, VBMI2's compress takes the zeros out.
__attribute__((target("avx512f,avx512bw,avx512vl,avx512vbmi2"))) bool CleanAvx512(const uint8_t*& from, const uint8_t* end, uint8_t*& to,
                                                                                const uint8_t* full) {
  const __m512i ff = _mm512_set1_epi8(-1);
  const uint8_t* p = from;
  uint8_t* o = to;
  while (end - p >= 65 && o < full) {
    const __m512i bytes = _mm512_loadu_si512(p);
    const uint64_t hits = _mm512_cmpeq_epi8_mask(bytes, ff);
    if (hits == 0) {
      _mm512_storeu_si512(o, bytes);
      p += 64, o += 64;
      continue;
    }
    const uint64_t zerosBehind = _mm512_testn_epi8_mask(_mm512_loadu_si512(p + 1), ff);
    if ((hits & ~zerosBehind) != 0) {  // a marker: up to it, one FF after the other
      const int plain = __builtin_ctzll(hits);
      _mm512_storeu_si512(o, bytes);
      p += plain, o += plain;
      if (p[1] != 0) break;
      *o++ = 0xff;
      p += 2;
      continue;
    }
    // A stuffed zero stands one behind its FF; that of the last byte's stands outside and is stepped over.
    const uint64_t zeros = hits << 1;
    _mm512_storeu_si512(o, _mm512_maskz_compress_epi8(~zeros, bytes));
    o += 64 - __builtin_popcountll(zeros);
    p += 64 + (hits >> 63);
  }
  from = p, to = o;
  return CleanPortable(from, end, to, full);
}

#endif

}  // namespace

CleanFn ChooseClean(Level level) {
#if defined(__x86_64__)
  if (level == Level::kAvx512) return CleanAvx512;
  if (level == Level::kAvx2) return CleanAvx2;
#endif
  return CleanPortable;
}

// Behind the window: what the cleaner writes over it, and what a reader may read over it.
CleanStream::CleanStream(Level level, size_t window)
    : clean_(ChooseClean(level)), size_(window), window_(new uint8_t[window + 64 + kLookahead]()) {}

void CleanStream::Begin(std::span<const uint8_t> coded) {
  begin_ = from_ = coded.data();
  end_ = begin_ + coded.size();
  limit_ = window_.get();
  isComplete_ = true;
}

const uint8_t* CleanStream::BeginSegment() {
  isComplete_ = false;
  Fill(window_.get());
  return window_.get();
}

const uint8_t* CleanStream::Move(const uint8_t* at) {
  // A reader takes bytes ahead of what it has used: where it stands behind the end, the segment would be complete.
  const size_t left = at < limit_ ? static_cast<size_t>(limit_ - at) : 0;
  std::memmove(window_.get(), at, left);
  Fill(window_.get() + left);
  return window_.get();
}

void CleanStream::Fill(uint8_t* to) {
  limit_ = to;
  const bool atMarker = clean_(from_, end_, limit_, window_.get() + size_);
  isComplete_ = atMarker || (end_ - from_ <= 1 && limit_ < window_.get() + size_);
  marker_ = 0;
  if (!atMarker) return;
  // Fill bytes before a marker are allowed (T.81, B.1.1.2). Before a stuffed zero they mean nothing: no marker.
  const uint8_t* code = from_ + 1;
  while (code < end_ && *code == 0xff) ++code;
  if (code == end_) return;
  marker_ = *code;
  from_ = code - 1;
}

}  // namespace polycodec::jpeg::fast
