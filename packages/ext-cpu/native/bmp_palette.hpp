// The colours of a picture that has few.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>

namespace polycodec::bmp {

// Numbers colours in the order in which they come.
class Palette {
 public:
  static constexpr uint32_t kMost = 256;

  void Clear() {
    places_.fill(kEmpty);
    size_ = 0;
  }
  uint32_t size() const { return size_; }
  uint32_t operator[](size_t i) const { return colors_[i]; }

  // Its number; kMost: it is one colour too many.
  uint32_t NumberOf(uint32_t color) {
    // Four times as many places as colours: a search ends soon.
    for (uint32_t place = color * 2654435761u >> 22;; place = (place + 1) % kPlaces) {
      if (places_[place] == kEmpty) return Add(color, place);
      if (colors_[places_[place]] == color) return places_[place];
    }
  }

 private:
  static constexpr uint32_t kPlaces = 1024;
  static constexpr uint16_t kEmpty = 0xffff;

  uint32_t Add(uint32_t color, uint32_t place) {
    if (size_ == kMost) return kMost;
    places_[place] = static_cast<uint16_t>(size_);
    colors_[size_] = color;
    return size_++;
  }

  std::array<uint16_t, kPlaces> places_;
  std::array<uint32_t, kMost> colors_;
  uint32_t size_ = 0;
};

}  // namespace polycodec::bmp
