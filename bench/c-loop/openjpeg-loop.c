/*
 * openjpeg-loop - the limit of OpenJPEG: `openjpeg-loop decode THREADS LIST QUALITY`, see passes.h. A codec and a stream over memory for
 * each picture, as the library wants it, and its samples put together to RGB.
 */
#include "passes.h"

#include <openjpeg-2.5/openjpeg.h>

typedef struct input {
  const picture* p;
  size_t at;
} input;

static OPJ_SIZE_T read_bytes(void* to, OPJ_SIZE_T size, void* context) {
  input* in = context;
  size_t left = in->p->input_size - in->at;
  if (left == 0) return (OPJ_SIZE_T)-1;
  if (size > left) size = left;
  memcpy(to, in->p->input + in->at, size);
  in->at += size;
  return size;
}

static OPJ_OFF_T skip_bytes(OPJ_OFF_T count, void* context) {
  ((input*)context)->at += (size_t)count;
  return count;
}

static OPJ_BOOL seek_bytes(OPJ_OFF_T offset, void* context) {
  ((input*)context)->at = (size_t)offset;
  return OPJ_TRUE;
}

static uint8_t clamped(int32_t value) { return (uint8_t)(value < 0 ? 0 : value > 255 ? 255 : value); }

static void* open_worker(void) { return NULL; }

static void code(void* worker, picture* p) {
  (void)worker;
  static const uint8_t signature[4] = { 0xff, 0x4f, 0xff, 0x51 };
  input in = { p, 0 };
  opj_codec_t* codec = opj_create_decompress(memcmp(p->input, signature, 4) ? OPJ_CODEC_JP2 : OPJ_CODEC_J2K);
  opj_stream_t* stream = opj_stream_create(1 << 16, OPJ_TRUE);
  opj_stream_set_read_function(stream, read_bytes);
  opj_stream_set_skip_function(stream, skip_bytes);
  opj_stream_set_seek_function(stream, seek_bytes);
  opj_stream_set_user_data(stream, &in, NULL);
  opj_stream_set_user_data_length(stream, p->input_size);
  opj_dparameters_t parameters;
  opj_set_default_decoder_parameters(&parameters);
  opj_image_t* image = NULL;
  if (!opj_setup_decoder(codec, &parameters) || !opj_read_header(stream, codec, &image) ||
      !opj_decode(codec, stream, image)) {
    die("a picture does not decode");
  }
  const int32_t *red = image->comps[0].data, *green = image->comps[1].data, *blue = image->comps[2].data;
  uint8_t* to = p->result;
  for (size_t i = 0, n = (size_t)p->width * p->height; i < n; i++, to += 3) {
    to[0] = clamped(red[i]);
    to[1] = clamped(green[i]);
    to[2] = clamped(blue[i]);
  }
  opj_image_destroy(image);
  opj_stream_destroy(stream);
  opj_destroy_codec(codec);
}

int main(int argc, char** argv) {
  if (argc != 5 || strcmp(argv[1], "decode")) die("four arguments, see the source");
  return run_passes(atoi(argv[2]), argv[3], 0);
}
