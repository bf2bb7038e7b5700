// Pixels of 16 or 32 bits whose channels are fields of bits.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <vector>

#include "bmp_header.hpp"

namespace polycodec::bmp {

class Fields {
 public:
  void Begin(const Header& header);
  void Row(const uint8_t* from, Pixel* to, uint32_t width) const;

 private:
  struct Field {
    uint32_t mask = 0;
    int shift = 0;
    std::vector<uint8_t> bytes;  // by the field's value, scaled to 8 bits
  };

  template <uint32_t kBytes>
  void ByTables(const uint8_t* from, Pixel* to, uint32_t width) const;

  std::array<Field, 4> fields_;
  uint32_t bits_ = 0;
  bool is_bgr_ = false;    // 8 bits each, blue first, as most files have them
  bool has_alpha_ = false;
};

}  // namespace polycodec::bmp
