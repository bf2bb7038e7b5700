#include "jpegls_error.hpp"

#include <string_view>

#include <charls/jpegls_error.h>
#include <polycodec.hpp>

namespace polycodec::jpegls {

polycodec_status StatusOf(charls_jpegls_errc error, bool ends) {
  using charls::jpegls_errc;
  switch (error) {
    case jpegls_errc::success: return POLYCODEC_SUCCESS;
    case jpegls_errc::not_enough_memory: return POLYCODEC_OUT_OF_MEMORY;
    case jpegls_errc::source_buffer_too_small: case jpegls_errc::end_of_image_marker_not_found:
      return POLYCODEC_IMAGE_TRUNCATED;
    case jpegls_errc::parameter_value_not_supported: case jpegls_errc::encoding_not_supported:
    case jpegls_errc::color_transform_not_supported: case jpegls_errc::bit_depth_for_transform_not_supported:
    case jpegls_errc::jpegls_preset_extended_parameter_type_not_supported:
      return POLYCODEC_CODESTREAM_UNSUPPORTED;
    case jpegls_errc::invalid_argument: case jpegls_errc::destination_buffer_too_small:
    case jpegls_errc::invalid_operation: case jpegls_errc::unexpected_failure:
      return POLYCODEC_FAIL;
    case jpegls_errc::too_much_encoded_data: return POLYCODEC_IMAGE_CORRUPTED;
    default: return ends ? POLYCODEC_IMAGE_CORRUPTED : POLYCODEC_IMAGE_TRUNCATED;
  }
}

void Explain(polycodec_call* call, charls_jpegls_errc error) {
  std::string_view text = charls_get_error_message(error);
  for (const std::string_view stock : {"Invalid JPEG-LS stream, ", "Invalid JPEG-LS stream: "}) {
    if (text.substr(0, stock.size()) == stock) text.remove_prefix(stock.size());
  }
  while (!text.empty() && text.back() == '.') text.remove_suffix(1);
  host->message(call, "%.*s", static_cast<int>(text.size()), text.data());
}

}  // namespace polycodec::jpegls
