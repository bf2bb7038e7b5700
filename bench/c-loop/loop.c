/*
 * loop - the limit of libjpeg-turbo: `loop decode|thumbnail|encode THREADS LIST QUALITY`, see passes.h. Every thread keeps
 * one libjpeg object.
 */
#include "passes.h"

#include <jpeglib.h>

typedef struct worker {
  struct jpeg_error_mgr errors;
  struct jpeg_decompress_struct decompress;
  struct jpeg_compress_struct compress;
  JSAMPROW rows[JPEG_MAX_DIMENSION];
} worker;

static int quality, is_encoding, scale;

static void decode(worker* w, picture* p) {
  struct jpeg_decompress_struct* jpeg = &w->decompress;
  jpeg_mem_src(jpeg, p->input, p->input_size);
  jpeg_read_header(jpeg, TRUE);
  jpeg->out_color_space = JCS_RGB;
  jpeg->scale_num = 1;
  jpeg->scale_denom = (unsigned)scale;
  jpeg_start_decompress(jpeg);
  size_t stride = (size_t)jpeg->output_width * 3;
  for (JDIMENSION y = 0; y < jpeg->output_height; y++) w->rows[y] = p->result + y * stride;
  while (jpeg->output_scanline < jpeg->output_height) {
    jpeg_read_scanlines(jpeg, w->rows + jpeg->output_scanline, jpeg->output_height - jpeg->output_scanline);
  }
  jpeg_finish_decompress(jpeg);
}

static void encode(worker* w, picture* p) {
  struct jpeg_compress_struct* jpeg = &w->compress;
  unsigned char* coded = p->result;
  unsigned long size = p->result_size;
  jpeg_mem_dest(jpeg, &coded, &size);
  jpeg->image_width = (JDIMENSION)p->width;
  jpeg->image_height = (JDIMENSION)p->height;
  jpeg->input_components = 3;
  jpeg->in_color_space = JCS_RGB;
  jpeg_set_defaults(jpeg);
  jpeg_set_quality(jpeg, quality, TRUE);
  jpeg_start_compress(jpeg, TRUE);
  for (int y = 0; y < p->height; y++) w->rows[y] = p->input + (size_t)y * p->width * 3;
  while (jpeg->next_scanline < jpeg->image_height) {
    jpeg_write_scanlines(jpeg, w->rows + jpeg->next_scanline, jpeg->image_height - jpeg->next_scanline);
  }
  jpeg_finish_compress(jpeg);
  if (coded != p->result) die("a result outgrew its buffer");
}

static void* open_worker(void) {
  worker* w = calloc(1, sizeof *w);
  if (!w) die("no memory");
  w->decompress.err = w->compress.err = jpeg_std_error(&w->errors);
  jpeg_create_decompress(&w->decompress);
  jpeg_create_compress(&w->compress);
  return w;
}

static void code(void* w, picture* p) {
  if (is_encoding) encode(w, p);
  else decode(w, p);
}

int main(int argc, char** argv) {
  if (argc != 5) die("four arguments, see the source");
  is_encoding = !strcmp(argv[1], "encode");
  scale = strcmp(argv[1], "thumbnail") ? 1 : 8;
  quality = atoi(argv[4]);
  return run_passes(atoi(argv[2]), argv[3], is_encoding);
}
