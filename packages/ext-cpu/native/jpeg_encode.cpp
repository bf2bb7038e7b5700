#include "jpeg_encode.hpp"

#include <algorithm>
#include <cmath>

#include <polycodec.hpp>


namespace polycodec::jpeg {
namespace {

constexpr uint32_t kStripRows = 16;

void OnProgress(j_common_ptr common) {
  const auto& watch = *static_cast<EncodeWatch*>(common->progress);
  if (host->cancelled(watch.call)) static_cast<ErrorManager*>(common->err)->Fail(POLYCODEC_CANCELLED, "cancelled");
}

double Number(const polycodec_encode_task& task, const char* name, double otherwise) {
  return task.params == nullptr ? otherwise : host->number(task.params, name, otherwise);
}

bool IsPlanar(const polycodec_layout& input) { return input.plane_stride != 0 && input.channels > 1; }

// How libjpeg shall read the input's pixels, once interleaved. JCS_UNKNOWN: it cannot.
J_COLOR_SPACE InputColors(const polycodec_layout& input) {
  switch (input.sample_format) {
    case POLYCODEC_I_Y: case POLYCODEC_P_Y: return JCS_GRAYSCALE;
    case POLYCODEC_I_RGB: case POLYCODEC_P_RGB: return JCS_RGB;
    case POLYCODEC_I_BGR: case POLYCODEC_P_BGR: return JCS_EXT_BGR;
    case POLYCODEC_I_RGBA: case POLYCODEC_P_RGBA: return JCS_EXT_RGBX;
    case POLYCODEC_I_YUV: case POLYCODEC_P_YUV: return JCS_YCbCr;
    case POLYCODEC_I_UNCHANGED: case POLYCODEC_P_UNCHANGED:
      switch (input.channels) {
        case 1: return JCS_GRAYSCALE;
        case 3: return JCS_RGB;
        case 4: return JCS_CMYK;
        default: return JCS_UNKNOWN;
      }
    default: return JCS_UNKNOWN;
  }
}

// How the code stream shall hold them. JCS_UNKNOWN: no way from this input to that.
J_COLOR_SPACE CodedColors(J_COLOR_SPACE input, int colorSpec, bool graySampling) {
  if (input == JCS_CMYK) {
    switch (colorSpec) {
      case POLYCODEC_COLOR_YCCK: return JCS_YCCK;
      case POLYCODEC_COLOR_UNKNOWN: case POLYCODEC_COLOR_UNCHANGED: case POLYCODEC_COLOR_CMYK: return JCS_CMYK;
      default: return JCS_UNKNOWN;
    }
  }
  const bool gray = input == JCS_GRAYSCALE || graySampling;
  switch (colorSpec) {
    case POLYCODEC_COLOR_UNKNOWN: case POLYCODEC_COLOR_UNCHANGED: return gray ? JCS_GRAYSCALE : JCS_YCbCr;
    case POLYCODEC_COLOR_GRAY: return JCS_GRAYSCALE;
    case POLYCODEC_COLOR_SYCC: return input == JCS_GRAYSCALE ? JCS_UNKNOWN : gray ? JCS_GRAYSCALE : JCS_YCbCr;
    case POLYCODEC_COLOR_SRGB: return input == JCS_GRAYSCALE || input == JCS_YCbCr || gray ? JCS_UNKNOWN : JCS_RGB;
    default: return JCS_UNKNOWN;
  }
}

struct Sampling {
  int horizontal, vertical;  // luma samples to one of chroma
};

// {0, 0}: none that we write.
Sampling SamplingOf(int subsampling) {
  switch (subsampling) {
    case POLYCODEC_CSS_NONE: case POLYCODEC_CSS_444: case POLYCODEC_CSS_GRAY: return {1, 1};
    case POLYCODEC_CSS_422: return {2, 1};
    case POLYCODEC_CSS_420: return {2, 2};
    case POLYCODEC_CSS_440: return {1, 2};
    case POLYCODEC_CSS_411: return {4, 1};
    case POLYCODEC_CSS_410: return {4, 2};
    default: return {0, 0};
  }
}

void Configure(EncodeWorker& worker, const polycodec_encode_task& task) {
  jpeg_compress_struct& info = worker.info;
  const polycodec_layout& input = task.input;
  if (input.width == 0 || input.height == 0 || input.width > JPEG_MAX_DIMENSION || input.height > JPEG_MAX_DIMENSION) {
    worker.errors.Fail(POLYCODEC_RESOLUTION_UNSUPPORTED, "%u x %u pixels, JPEG has 1 to %ld a side here", input.width,
                       input.height, JPEG_MAX_DIMENSION);
  }
  if (input.dtype != POLYCODEC_UINT8) worker.errors.Fail(POLYCODEC_SAMPLE_TYPE_UNSUPPORTED, "not uint8");
  const J_COLOR_SPACE inputColors = InputColors(input);
  if (inputColors == JCS_UNKNOWN) {
    worker.errors.Fail(POLYCODEC_SAMPLE_FORMAT_UNSUPPORTED, "sample format %d with %u channels", input.sample_format,
                       input.channels);
  }
  const int subsampling = static_cast<int>(Number(task, "chromaSubsampling", POLYCODEC_CSS_444));
  const int colorSpec = static_cast<int>(Number(task, "colorSpec", POLYCODEC_COLOR_UNCHANGED));
  const Sampling sampling = SamplingOf(subsampling);
  if (sampling.horizontal == 0) {
    worker.errors.Fail(POLYCODEC_SAMPLING_UNSUPPORTED, "chroma subsampling %d", subsampling);
  }
  const J_COLOR_SPACE coded = CodedColors(inputColors, colorSpec, subsampling == POLYCODEC_CSS_GRAY);
  if (coded == JCS_UNKNOWN) {
    worker.errors.Fail(POLYCODEC_COLOR_SPEC_UNSUPPORTED, "color spec %d of sample format %d", colorSpec,
                       input.sample_format);
  }

  info.image_width = input.width;
  info.image_height = input.height;
  info.in_color_space = inputColors;
  info.input_components = static_cast<int>(input.channels);
  jpeg_set_defaults(&info);
  jpeg_set_colorspace(&info, coded);
  // As cjpeg: below quality 24 a step may need 16 bits, and the frame is then extended sequential, not baseline.
  jpeg_set_quality(&info, static_cast<int>(std::lround(Number(task, "quality", 75))), FALSE);
  info.dct_method = JDCT_ISLOW;
  if (coded == JCS_RGB) {
    // Without JFIF's marker, which would mean YCbCr, and with Adobe's, which says that there is no transform.
    info.write_Adobe_marker = TRUE;
  }
  if (coded == JCS_YCbCr || coded == JCS_YCCK) {
    // The components between the first and the black one are chroma.
    for (int i = 0; i < info.num_components; ++i) {
      const bool fullSize = i == 0 || i == 3;
      info.comp_info[i].h_samp_factor = fullSize ? sampling.horizontal : 1;
      info.comp_info[i].v_samp_factor = fullSize ? sampling.vertical : 1;
    }
  } else if (coded == JCS_RGB || coded == JCS_CMYK) {
    for (int i = 0; i < info.num_components; ++i) info.comp_info[i].h_samp_factor = info.comp_info[i].v_samp_factor = 1;
  }
  info.optimize_coding = Number(task, "optimizedHuffman", 0) != 0;
  info.restart_interval = static_cast<unsigned>(std::clamp(Number(task, "restartInterval", 0), 0.0, 65535.0));
  info.restart_in_rows = static_cast<int>(std::clamp(Number(task, "restartRows", 0), 0.0, 65535.0));
  if (Number(task, "progressive", 0) != 0) jpeg_simple_progression(&info);
}

// Optimised and progressive coding keep the whole picture's coefficients, two bytes each.
void CheckScratch(EncodeWorker& worker, const polycodec_encode_task& task) {
  const jpeg_compress_struct& info = worker.info;
  if (task.max_scratch_bytes == 0 || (!info.optimize_coding && info.num_scans <= 1)) return;
  const uint64_t bytes = uint64_t{info.image_width + 31} * (info.image_height + 31) * info.num_components * 2;
  if (bytes > task.max_scratch_bytes) {
    worker.errors.Fail(POLYCODEC_LIMIT_EXCEEDED, "needs %llu bytes for the coefficients of its scans",
                       static_cast<unsigned long long>(bytes));
  }
}

void InterleaveRow(const uint8_t* from, uint64_t planeStride, uint8_t* to, uint32_t channels, uint32_t width) {
  for (uint32_t c = 0; c < channels; ++c) {
    const uint8_t* plane = from + planeStride * c;
    for (uint32_t x = 0; x < width; ++x) to[size_t{x} * channels + c] = plane[x];
  }
}

// Adobe's applications, and so all readers, take CMYK samples beside an Adobe marker, which libjpeg writes, as inverted.
bool MustInvert(const polycodec_encode_task& task) {
  return InputColors(task.input) == JCS_CMYK && Number(task, "inverted", 1) == 0;
}

void InvertRow(const uint8_t* from, uint8_t* to, size_t bytes) {
  for (size_t i = 0; i < bytes; ++i) to[i] = static_cast<uint8_t>(255 - from[i]);
}

void WriteRows(EncodeWorker& worker, const polycodec_encode_task& task) {
  jpeg_compress_struct& info = worker.info;
  const polycodec_layout& input = task.input;
  const bool planar = IsPlanar(input);
  const bool invert = MustInvert(task);
  const size_t rowBytes = size_t{input.width} * input.channels;
  JSAMPROW rows[kStripRows];
  while (info.next_scanline < info.image_height) {
    const uint32_t first = info.next_scanline;
    const uint32_t count = std::min(kStripRows, info.image_height - first);
    for (uint32_t i = 0; i < count; ++i) {
      const uint8_t* row = task.pixels + input.row_stride * (first + i);
      if (planar) {
        rows[i] = worker.strip.data() + rowBytes * i;
        InterleaveRow(row, input.plane_stride, rows[i], input.channels, input.width);
        if (invert) InvertRow(rows[i], rows[i], rowBytes);
      } else if (invert) {
        rows[i] = worker.strip.data() + rowBytes * i;
        InvertRow(row, rows[i], rowBytes);
      } else {
        rows[i] = const_cast<JSAMPROW>(row);  // libjpeg's interface has no const; it does not write here
      }
    }
    while (info.next_scanline < first + count) {
      const uint32_t done = info.next_scanline - first;
      if (jpeg_write_scanlines(&info, rows + done, count - done) == 0) {
        worker.errors.Fail(POLYCODEC_FAIL, "libjpeg stopped at row %u of %u", info.next_scanline, info.image_height);
      }
    }
  }
}

// After jpeg_start_compress, which has written what must come first.
void WriteMetadata(EncodeWorker& worker) {
  const std::vector<uint8_t>& bytes = worker.metadata.bytes;
  for (size_t at = 0; at < bytes.size();) {
    const unsigned length = bytes[at + 2] << 8 | bytes[at + 3];
    jpeg_write_marker(&worker.info, bytes[at + 1], bytes.data() + at + 4, length - 2);
    at += 2 + length;
  }
}

polycodec_status EncodeWhole(EncodeWorker& worker, const polycodec_encode_task& task) {
  jpeg_compress_struct& info = worker.info;
  worker.errors.Begin(task.call, false);
  // Optimised Huffman tables of one image would serve the next, whose standard tables libjpeg then takes for set. A
  // new compressor takes a microsecond.
  if (worker.created) jpeg_destroy_compress(&info);
  worker.created = false;
  info.err = &worker.errors;
  jpeg_create_compress(&info);
  worker.created = true;
  info.mem->max_memory_to_use = 0;  // no limit, and so no temporary files
  worker.watch.progress_monitor = OnProgress;
  worker.watch.call = task.call;
  info.progress = &worker.watch;
  if (worker.metadata.problem[0] != 0) worker.errors.Fail(POLYCODEC_FAIL, "%s", worker.metadata.problem);
  Configure(worker, task);
  CheckScratch(worker, task);
  if (IsPlanar(task.input) || MustInvert(task)) {
    const size_t bytes = size_t{task.input.width} * task.input.channels * kStripRows;
    if (worker.strip.size() < bytes) worker.strip.resize(bytes);
  }

  // Four bits a pixel hold a photograph of high quality; what is noisier grows the sink once.
  const size_t pixels = size_t{task.input.width} * task.input.height;
  worker.destination.Begin(&info, task.call, pixels / 2 + worker.metadata.bytes.size() + 4096);
  jpeg_start_compress(&info, TRUE);
  WriteMetadata(worker);
  WriteRows(worker, task);
  jpeg_finish_compress(&info);
  worker.destination.End();
  return POLYCODEC_SUCCESS;
}

}  // namespace

EncodeWorker::~EncodeWorker() {
  if (created) jpeg_destroy_compress(&info);
}

polycodec_status Encode(EncodeWorker& worker, const polycodec_encode_task& task) {
  worker.metadata.Make(task);  // takes memory, so not under Guard
  const polycodec_status status = Guard(worker.errors, [&] { return EncodeWhole(worker, task); });
  if (status == POLYCODEC_SUCCESS) {
    worker.errors.Deliver();
  } else {
    if (worker.created) jpeg_abort_compress(&worker.info);
    host->message(task.call, "%s", worker.errors.text);
  }
  return status;
}

}  // namespace polycodec::jpeg
