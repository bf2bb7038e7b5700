#include "pnm_header.hpp"

#include <charconv>
#include <string_view>

namespace polycodec::pnm {
namespace {

// Words between white space and comments, which reach from # to the end of the line.
class Tokens {
 public:
  Tokens(std::span<const uint8_t> file, size_t at) : file_(file), at_(at) {}

  size_t at() const { return at_; }

  // The next word; one white space behind it is read too. Empty: the file ends before it does.
  std::string_view Word() {
    while (at_ < file_.size() && (IsSpace(file_[at_]) || file_[at_] == '#')) {
      if (file_[at_++] == '#') Line();
    }
    const size_t start = at_;
    while (at_ < file_.size() && !IsSpace(file_[at_])) ++at_;
    return at_ < file_.size() ? Text(start, at_++) : std::string_view{};
  }

  // 0: not a number from 1 to `most`.
  uint32_t Number(uint32_t most) {
    const std::string_view word = Word();
    uint32_t value = 0;
    const auto [end, error] = std::from_chars(word.data(), word.data() + word.size(), value);
    return error == std::errc() && end == word.data() + word.size() && value <= most ? value : 0;
  }

  std::string_view Line() {
    const size_t start = at_;
    while (at_ < file_.size() && file_[at_] != '\n') ++at_;
    const std::string_view line = Text(start, at_);
    if (at_ < file_.size()) ++at_;
    return line;
  }

 private:
  std::string_view Text(size_t start, size_t end) const {
    return {reinterpret_cast<const char*>(file_.data()) + start, end - start};
  }

  std::span<const uint8_t> file_;
  size_t at_;
};

constexpr uint32_t kMaxSide = 0x7fffffff, kMaxChannels = 0xffff, kMaxMaxval = 0xffff;

bool ReadPamFields(Tokens& tokens, Header& header) {
  for (;;) {
    const std::string_view name = tokens.Word();
    if (name == "ENDHDR") break;
    if (name == "WIDTH") header.width = tokens.Number(kMaxSide);
    else if (name == "HEIGHT") header.height = tokens.Number(kMaxSide);
    else if (name == "DEPTH") header.channels = tokens.Number(kMaxChannels);
    else if (name == "MAXVAL") header.maxval = tokens.Number(kMaxMaxval);
    else if (name == "TUPLTYPE") header.isCmyk = tokens.Line().substr(0, 4) == "CMYK";
    else return false;
  }
  header.isCmyk &= header.channels == 4;
  return header.width != 0 && header.height != 0 && header.channels != 0 && header.maxval != 0;
}

// Its sign is the order of bytes; how much it is nobody agrees what to do with.
bool ReadScale(Tokens& tokens, Header& header) {
  const std::string_view word = tokens.Word();
  header.littleEndian = !word.empty() && word[0] == '-';
  return !word.empty();
}

}  // namespace

bool ReadHeader(std::span<const uint8_t> file, size_t offset, Header& header) {
  if (offset > file.size() || file.size() - offset < 3 || file[offset] != 'P') return false;
  header = {};
  header.kind = static_cast<char>(file[offset + 1]);
  Tokens tokens(file, offset + 2);
  if (header.kind == '7') {
    if (!ReadPamFields(tokens, header)) return false;
  } else {
    header.width = tokens.Number(kMaxSide);
    header.height = tokens.Number(kMaxSide);
    if (header.width == 0 || header.height == 0) return false;
    header.channels = header.kind == '3' || header.kind == '6' || header.kind == 'F' ? 3 : 1;
    switch (header.kind) {
      case '1': case '4': header.maxval = 1; break;
      case '2': case '3': case '5': case '6':
        header.maxval = tokens.Number(kMaxMaxval);
        if (header.maxval == 0) return false;
        break;
      case 'F': case 'f':
        if (!ReadScale(tokens, header)) return false;
        break;
      default: return false;
    }
  }
  header.start = tokens.at();
  // One white space stands before the raster, but where lines end in CR LF there are two: LF belongs to the header if
  // the file has a byte more than the raster needs.
  if (!header.isAscii() && header.start < file.size() && file[header.start - 1] == '\r' && file[header.start] == '\n' &&
      file.size() - header.start > header.rowBytes() * header.height) {
    ++header.start;
  }
  return true;
}

bool FindHeader(std::span<const uint8_t> file, uint32_t imageIndex, Header& header) {
  if (!ReadHeader(file, 0, header)) return false;
  for (uint32_t i = 0; i < imageIndex; ++i) {
    const uint64_t row = header.rowBytes();
    if (header.isAscii() || row > (file.size() - header.start) / header.height) return false;
    if (!ReadHeader(file, header.start + row * header.height, header)) return false;
  }
  return true;
}

}  // namespace polycodec::pnm
