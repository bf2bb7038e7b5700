/*
 * make-image - makes one picture of a bench class: a photograph cropped and resized, or a drawn scene, as JPEG.
 *
 *   make-image OUT.jpg OUT.rgb|- WIDTH HEIGHT QUALITY baseline|progressive|restart SOURCE.jpg|draw:SEED PART
 *
 * Coded as 4:2:0 with the standard Huffman tables. `restart` puts a marker after every row of MCUs. PART 0 is the whole
 * photograph, each further one a smaller piece of it, from elsewhere, so that one gives many pictures. OUT.rgb gets the
 * pixels.
 */
#include <math.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

typedef struct picture {
  int width, height;
  uint8_t* rgb;
} picture;

static void die(const char* what) {
  fprintf(stderr, "make-image: %s\n", what);
  exit(1);
}

static void* take(size_t bytes) {
  void* memory = malloc(bytes);
  if (!memory) die("out of memory");
  return memory;
}

static picture decode(const char* path) {
  FILE* file = fopen(path, "rb");
  if (!file) die("cannot open the source");
  struct jpeg_decompress_struct jpeg;
  struct jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors); /* prints and exits: a source that does not decode is left out by the caller */
  jpeg_create_decompress(&jpeg);
  jpeg_stdio_src(&jpeg, file);
  jpeg_read_header(&jpeg, TRUE);
  jpeg.out_color_space = JCS_RGB;
  jpeg_start_decompress(&jpeg);
  picture p = { (int)jpeg.output_width, (int)jpeg.output_height, NULL };
  p.rgb = take((size_t)p.width * p.height * 3);
  while (jpeg.output_scanline < jpeg.output_height) {
    JSAMPROW row = p.rgb + (size_t)jpeg.output_scanline * p.width * 3;
    jpeg_read_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_decompress(&jpeg);
  jpeg_destroy_decompress(&jpeg);
  fclose(file);
  return p;
}

static uint32_t hash(uint32_t x, uint32_t y, uint32_t seed) {
  uint32_t h = x * 0x9e3779b1u ^ y * 0x85ebca77u ^ seed * 0xc2b2ae3du;
  h ^= h >> 15, h *= 0x2c1b3c6du, h ^= h >> 12, h *= 0x297a2d39u;
  return h ^ h >> 15;
}

/* Smooth noise in [0, 1): values on a grid, blended. */
static float noise(float x, float y, uint32_t seed) {
  int ix = (int)floorf(x), iy = (int)floorf(y);
  float fx = x - ix, fy = y - iy;
  fx = fx * fx * (3 - 2 * fx), fy = fy * fy * (3 - 2 * fy);
  float v[4];
  for (int i = 0; i < 4; i++) v[i] = hash(ix + (i & 1), iy + (i >> 1), seed) * (1.0f / 4294967296.0f);
  return (v[0] + (v[1] - v[0]) * fx) * (1 - fy) + (v[2] + (v[3] - v[2]) * fx) * fy;
}

/* A landscape of clouded noise: a sky, hills that overlap, textured ground and the grain of a sensor. */
static picture draw(uint32_t seed, int width, int height) {
  picture p = { width, height, take((size_t)width * height * 3) };
  for (int y = 0; y < height; y++) {
    for (int x = 0; x < width; x++) {
      float u = 4.0f * x / height, v = 4.0f * y / height;
      float rgb[3] = { 150 - 12 * v, 180 - 10 * v, 225 - 6 * v };
      float cloud = 0.6f * noise(u, 2 * v, seed) + 0.3f * noise(3 * u, 5 * v, seed + 1) + 0.1f * noise(9 * u, 12 * v, seed + 2);
      for (int c = 0; c < 3; c++) rgb[c] += (245 - rgb[c]) * fmaxf(0, cloud - 0.4f) * 1.5f;
      for (uint32_t hill = 0; hill < 5; hill++) {
        float ridge = 1.0f + 0.55f * hill - 0.9f * noise(u * (0.5f + 0.3f * hill), 7.0f * hill, seed + 10 + hill);
        if (v < ridge) continue;
        float detail = 0;
        for (uint32_t octave = 0; octave < 6; octave++) {
          float step = (float)(2 << octave);
          detail += (noise(u * step, v * step, seed + 20 + 7 * hill + octave) - 0.5f) / (1.0f + 0.55f * octave);
        }
        float light = 0.55f + 0.1f * hill + 0.75f * detail;
        rgb[0] = (60 + 45 * (hash(hill, 0, seed) & 3)) * light;
        rgb[1] = (80 + 25 * (hash(hill, 1, seed) & 3)) * light;
        rgb[2] = (50 + 20 * (hash(hill, 2, seed) & 3)) * light;
      }
      float grain = (hash(x, y, seed + 99) & 1023) * (9.0f / 1023) - 4.5f;
      for (int c = 0; c < 3; c++) {
        float value = rgb[c] + grain;
        p.rgb[((size_t)y * width + x) * 3 + c] = value < 0 ? 0 : value > 255 ? 255 : (uint8_t)value;
      }
    }
  }
  return p;
}

/*
 * One axis of the resize: `count` runs of samples `stride` floats apart, `from` long, are brought to length `to`.
 * Shrinking takes the mean over the area of the new pixel; enlarging blends the two nearest.
 */
static void weigh(int i, double scale, double offset, int limit, int* first, int* taps, float* weights) {
  double begin = offset + i * scale, end = begin + scale;
  if (scale < 1) {
    double centre = (begin + end) / 2 - 0.5;
    begin = fmax(0, floor(centre));
    *first = (int)begin;
    *taps = *first + 1 < limit ? 2 : 1;
    weights[1] = (float)fmax(0, centre - begin);
    weights[0] = *taps == 2 ? 1 - weights[1] : 1;
    return;
  }
  *first = (int)begin;
  int last = (int)ceil(end);
  if (last > limit) last = limit;
  *taps = last - *first;
  double sum = 0;
  for (int k = 0; k < *taps; k++) {
    weights[k] = (float)(fmin(end, *first + k + 1) - fmax(begin, *first + k));
    sum += weights[k];
  }
  for (int k = 0; k < *taps; k++) weights[k] = (float)(weights[k] / sum);
}

static picture resize(picture source, int width, int height, int part) {
  /* The largest piece of the wanted proportions, then smaller ones; but none that would have to be enlarged. */
  double whole = fmin((double)source.width / width, (double)source.height / height);
  double scale = fmax(whole / (1 + 0.12 * part), fmin(whole, 1));
  double left = (source.width - width * scale) * fmod(0.5 + 0.618034 * part, 1);
  double top = (source.height - height * scale) * fmod(0.5 + 0.754878 * part, 1);
  picture p = { width, height, take((size_t)width * height * 3) };
  float* rows = take((size_t)width * source.height * 3 * sizeof(float));
  float* weights = take(((size_t)ceil(scale) + 3) * sizeof(float));
  int first, taps;
  for (int x = 0; x < width; x++) {
    weigh(x, scale, left, source.width, &first, &taps, weights);
    for (int y = 0; y < source.height; y++) {
      const uint8_t* in = source.rgb + ((size_t)y * source.width + first) * 3;
      float sum[3] = { 0, 0, 0 };
      for (int k = 0; k < taps * 3; k++) sum[k % 3] += in[k] * weights[k / 3];
      memcpy(rows + ((size_t)y * width + x) * 3, sum, sizeof sum);
    }
  }
  for (int y = 0; y < height; y++) {
    weigh(y, scale, top, source.height, &first, &taps, weights);
    for (int x = 0; x < width * 3; x++) {
      float sum = 0.5f;
      for (int k = 0; k < taps; k++) sum += rows[(size_t)(first + k) * width * 3 + x] * weights[k];
      p.rgb[(size_t)y * width * 3 + x] = sum > 255 ? 255 : (uint8_t)sum;
    }
  }
  free(rows);
  free(weights);
  return p;
}

static void encode(picture p, const char* path, int quality, const char* coding) {
  FILE* file = fopen(path, "wb");
  if (!file) die("cannot write the result");
  struct jpeg_compress_struct jpeg;
  struct jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  jpeg_stdio_dest(&jpeg, file);
  jpeg.image_width = (JDIMENSION)p.width;
  jpeg.image_height = (JDIMENSION)p.height;
  jpeg.input_components = 3;
  jpeg.in_color_space = JCS_RGB;
  jpeg_set_defaults(&jpeg); /* YCbCr 4:2:0 */
  jpeg_set_quality(&jpeg, quality, TRUE);
  if (!strcmp(coding, "progressive")) jpeg_simple_progression(&jpeg);
  if (!strcmp(coding, "restart")) jpeg.restart_in_rows = 1;
  jpeg_start_compress(&jpeg, TRUE);
  while (jpeg.next_scanline < jpeg.image_height) {
    JSAMPROW row = p.rgb + (size_t)jpeg.next_scanline * p.width * 3;
    jpeg_write_scanlines(&jpeg, &row, 1);
  }
  jpeg_finish_compress(&jpeg);
  jpeg_destroy_compress(&jpeg);
  if (fclose(file)) die("cannot write the result");
}

int main(int argc, char** argv) {
  if (argc != 9) die("eight arguments, see the source");
  int width = atoi(argv[3]), height = atoi(argv[4]);
  int drawn = !strncmp(argv[7], "draw:", 5);
  picture p = drawn ? draw((uint32_t)atoi(argv[7] + 5), width, height)
                    : resize(decode(argv[7]), width, height, atoi(argv[8]));
  encode(p, argv[1], atoi(argv[5]), argv[6]);
  if (strcmp(argv[2], "-")) {
    FILE* file = fopen(argv[2], "wb");
    size_t size = (size_t)width * height * 3;
    if (!file || fwrite(p.rgb, 1, size, file) != size || fclose(file)) die("cannot write the pixels");
  }
  return 0;
}
