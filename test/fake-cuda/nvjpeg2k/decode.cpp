/* Decoding a picture, or a tile of one: OpenJPEG works when the function is called, pixels arrive when the stream comes to it. */
#include <algorithm>

#include "objects.hpp"

using namespace polycodec::nvjpeg2k;
using fake::CheckShared;
using fake::Use;

FAKE_API(DecodeStateCreate, (Handle handle, DecodeState* state)) {
  FAKE_ENTER(DecodeStateCreate);
  return fake::Make(kFunction, handle, state);
}
FAKE_API(DecodeStateDestroy, (DecodeState state)) {
  FAKE_ENTER(DecodeStateDestroy);
  if (const Use use(kFunction, state); !use) return Status::kInvalidParameter;
  state->on_device.Release(state->handle->device_allocator);
  state->pinned.Release(state->handle->pinned_allocator);
  return fake::Destroy(kFunction, state);
}

namespace {

struct Area {
  uint32_t x0, y0, x1, y1;
};

/* What the caller wants, and where. */
struct Wanted {
  std::shared_ptr<const fake::Picture> picture;
  Area area;  // of the reduced picture
  bool to_rgb;
  ImageFormat format;
  PixelType type;
  std::vector<uint8_t*> pixels;
  std::vector<size_t> pitch;
};

void Deliver(const char* function, const Wanted& wanted) {
  const uint32_t components = static_cast<uint32_t>(wanted.pitch.size());
  const uint32_t width = wanted.area.x1 - wanted.area.x0, height = wanted.area.y1 - wanted.area.y0;
  const size_t sample = wanted.type == PixelType::kUint8 ? 1 : 2;
  const bool planar = wanted.format == ImageFormat::kPlanar;
  for (uint32_t c = 0; c < components; c++) {
    const size_t pitch = wanted.pitch[planar ? c : 0], step = sample * (planar ? 1 : components);
    const size_t bytes = pitch * (height - 1) + width * step;
    auto* to = static_cast<uint8_t*>(fakeCudaBytes(wanted.pixels[planar ? c : 0], bytes, function));
    if (to == nullptr) return;
    if (!planar) to += c * sample;
    for (uint32_t y = 0; y < height; y++, to += pitch) {
      for (uint32_t x = 0; x < width; x++) {
        const uint32_t at_x = wanted.area.x0 + x, at_y = wanted.area.y0 + y;
        const int32_t value = wanted.to_rgb ? wanted.picture->RgbAt(c, at_x, at_y) : wanted.picture->At(c, at_x, at_y);
        to[x * step] = static_cast<uint8_t>(value);
        if (sample == 2) to[x * step + 1] = static_cast<uint8_t>(value >> 8);
      }
    }
  }
}

Status TypeFits(const fake::Headers& headers, PixelType type) {
  const ComponentInfo& component = headers.components[0];
  const bool fits = component.is_signed != 0 ? type == PixelType::kInt16
                                             : type == PixelType::kUint16 || (type == PixelType::kUint8 && component.precision <= 8);
  return fits ? Status::kSuccess : Status::kJpegNotSupported;
}

/* `tile`: in pixels of the picture. */
Status Run(const char* function, Handle handle, DecodeState state, Stream stream, DecodeParams params, const Area& tile,
           uint32_t left_out, ImageBuffers& image, CudaStream cuda) {
  const fake::Headers& headers = stream->headers;
  if (state->pending > 0) fakeCudaViolation("%s: the state's last picture is not done", function);
  if (image.components != headers.components.size()) return Status::kInvalidParameter;
  if (const Status status = TypeFits(headers, image.pixel_type); status != Status::kSuccess) return status;
  const bool ycc = headers.color == ColorSpace::kSycc && params->to_rgb;
  const bool alike = std::all_of(headers.components.begin(), headers.components.end(), [&](const ComponentInfo& component) {
    return component.width == headers.image.width && component.height == headers.image.height;
  });
  if (!alike && !ycc) {
    fakeCudaViolation("%s: the fake delivers coarser components as RGB alone", function);
    return Status::kJpegNotSupported;
  }
  Area area{params->x0, params->y0, params->x1, params->y1};
  if (area.x1 == 0 && area.y1 == 0) area = tile;
  if (area.x0 >= area.x1 || area.y0 >= area.y1 || area.x0 < tile.x0 || area.x1 > tile.x1 || area.y0 < tile.y0 ||
      area.y1 > tile.y1) {
    return Status::kInvalidParameter;
  }
  const auto reduced = [&](uint32_t at) { return (at + (1u << left_out) - 1) >> left_out; };
  area = {reduced(area.x0), reduced(area.y0), reduced(area.x1), reduced(area.y1)};
  if (!fake::CheckImage(function, image, params->format, area.x1 - area.x0)) return Status::kInvalidParameter;

  auto& picture = stream->pictures[left_out];
  if (!picture) {
    auto decoded = std::make_shared<fake::Picture>();
    const Status status = fake::Decode(stream->data, stream->size, left_out, *decoded);
    if (status != Status::kSuccess) return status;
    picture = std::move(decoded);
  }
  const size_t scratch = size_t{tile.x1 - tile.x0} * (tile.y1 - tile.y0) * 4 * image.components;
  if (!state->on_device.Reserve(handle->device_allocator, scratch, handle->device_padding, cuda, fake::kDevice) ||
      !state->pinned.Reserve(handle->pinned_allocator, stream->size, handle->pinned_padding, cuda, fake::kPinned)) {
    return Status::kAllocatorFailure;
  }
  Wanted wanted{.picture = picture, .area = area, .to_rgb = ycc, .format = params->format, .type = image.pixel_type,
                .pixels = {}, .pitch = {image.pitch, image.pitch + image.components}};
  for (uint32_t c = 0; c < image.components; c++) wanted.pixels.push_back(static_cast<uint8_t*>(image.pixels[c]));
  const unsigned char* data = stream->data;
  const size_t size = stream->size;
  return fake::Enqueue(function, cuda, {state, stream}, [=, wanted = std::move(wanted), digest = fake::Digest(data, size)] {
    if (fake::Digest(data, size) != digest) fakeCudaViolation("the code stream changed before it was decoded");
    Deliver(function, wanted);
  });
}

}  // namespace

/* Of pictures of one tile, as the area may not be larger. */
FAKE_API(DecodeImage, (Handle handle, DecodeState state, Stream stream, DecodeParams params, ImageBuffers* image,
                       CudaStream cuda)) {
  FAKE_ENTER(DecodeImage);
  const Use use(kFunction, state, stream, params);
  if (!CheckShared(kFunction, handle) || !use || stream->data == nullptr) return Status::kInvalidParameter;
  const ImageInfo& info = stream->headers.image;
  return Run(kFunction, handle, state, stream, params, {0, 0, info.width, info.height}, 0, *image, cuda);
}

FAKE_API(DecodeTile, (Handle handle, DecodeState state, Stream stream, DecodeParams params, uint32_t tile,
                      uint32_t resolutions, ImageBuffers* image, CudaStream cuda)) {
  FAKE_ENTER(DecodeTile);
  const Use use(kFunction, state, stream, params);
  if (!CheckShared(kFunction, handle) || !use || stream->data == nullptr) return Status::kInvalidParameter;
  const ImageInfo& info = stream->headers.image;
  if (tile >= info.tiles_across * info.tiles_down || resolutions > stream->headers.resolutions) return Status::kInvalidParameter;
  const uint32_t x = tile % info.tiles_across * info.tile_width, y = tile / info.tiles_across * info.tile_height;
  const Area area{x, y, std::min(info.width - x, info.tile_width) + x, std::min(info.height - y, info.tile_height) + y};
  const uint32_t left_out = resolutions == 0 ? 0 : stream->headers.resolutions - resolutions;
  return Run(kFunction, handle, state, stream, params, area, left_out, *image, cuda);
}
