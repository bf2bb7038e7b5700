/* OpenJPEG's streams over memory. */
#pragma once

#include <openjpeg-2.5/openjpeg.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <memory>
#include <vector>

namespace fake {

template <auto destroy>
struct Deleter {
  template <class T>
  void operator()(T* object) const {
    destroy(object);
  }
};
using Codec = std::unique_ptr<opj_codec_t, Deleter<opj_destroy_codec>>;
using OpjStream = std::unique_ptr<opj_stream_t, Deleter<opj_stream_destroy>>;
using OpjImage = std::unique_ptr<opj_image_t, Deleter<opj_image_destroy>>;

/* Reads `bytes`, or writes them: then they grow. */
struct MemoryStream {
  std::vector<uint8_t> bytes;
  size_t at = 0;

  OpjStream Open(bool reads) {
    OpjStream stream(opj_stream_create(65536, reads ? OPJ_TRUE : OPJ_FALSE));
    opj_stream_set_user_data(stream.get(), this, nullptr);
    opj_stream_set_user_data_length(stream.get(), bytes.size());
    opj_stream_set_read_function(stream.get(), [](void* to, OPJ_SIZE_T size, void* self) -> OPJ_SIZE_T {
      auto& own = *static_cast<MemoryStream*>(self);
      const size_t count = std::min<size_t>(size, own.bytes.size() - own.at);
      if (count == 0) return static_cast<OPJ_SIZE_T>(-1);
      std::memcpy(to, own.bytes.data() + own.at, count);
      own.at += count;
      return count;
    });
    opj_stream_set_write_function(stream.get(), [](void* from, OPJ_SIZE_T size, void* self) -> OPJ_SIZE_T {
      auto& own = *static_cast<MemoryStream*>(self);
      if (own.bytes.size() < own.at + size) own.bytes.resize(own.at + size);
      std::memcpy(own.bytes.data() + own.at, from, size);
      own.at += size;
      return size;
    });
    opj_stream_set_skip_function(stream.get(), [](OPJ_OFF_T count, void* self) -> OPJ_OFF_T {
      auto& own = *static_cast<MemoryStream*>(self);
      if (count < 0) return -1;
      const auto skipped = std::min<OPJ_OFF_T>(count, static_cast<OPJ_OFF_T>(own.bytes.size() - own.at));
      own.at += static_cast<size_t>(skipped);
      return skipped == 0 && count > 0 ? -1 : skipped;
    });
    opj_stream_set_seek_function(stream.get(), [](OPJ_OFF_T offset, void* self) -> OPJ_BOOL {
      auto& own = *static_cast<MemoryStream*>(self);
      if (offset < 0 || static_cast<size_t>(offset) > own.bytes.size()) return OPJ_FALSE;
      own.at = static_cast<size_t>(offset);
      return OPJ_TRUE;
    });
    return stream;
  }
};

}  // namespace fake
