/*
 * loop - the limit: what libjpeg-turbo itself does when nothing is around it.
 *
 *   loop decode|thumbnail|encode THREADS LIST QUALITY
 *
 * LIST has a line per picture: path of the JPEG, path of its pixels, width and height, between tabs. Every
 * thread is pinned to a core of its own and keeps one libjpeg object; every picture has its own result buffer, kept from
 * pass to pass, as a batch's results stand in memory together. A free thread takes the next picture. As for every rival,
 * a pass is over when the whole batch is done.
 *
 * Speaks the bench's line protocol: prints `ready`, then answers `run SECONDS` with `done PICTURES SECONDS`.
 */
#define _GNU_SOURCE
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <jpeglib.h>

typedef struct picture {
  unsigned char* jpeg;
  unsigned long jpeg_size;
  unsigned char* pixels; /* decode: the result; encode: the input */
  unsigned char* coded;  /* encode: the result */
  unsigned long coded_capacity;
  int width, height;
} picture;

static picture* pictures;
static int picture_count, quality;
static const char* operation;
static atomic_int next_picture;
static pthread_barrier_t begin, end;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void die(const char* what) {
  fprintf(stderr, "loop: %s\n", what);
  exit(1);
}

static unsigned char* read_file(const char* path, unsigned long* size) {
  FILE* file = fopen(path, "rb");
  if (!file) die(path);
  fseek(file, 0, SEEK_END);
  *size = (unsigned long)ftell(file);
  rewind(file);
  unsigned char* bytes = malloc(*size);
  if (!bytes || fread(bytes, 1, *size, file) != *size) die("cannot read a file");
  fclose(file);
  return bytes;
}

static void decode(struct jpeg_decompress_struct* jpeg, picture* p, JSAMPROW* rows, int scale) {
  jpeg_mem_src(jpeg, p->jpeg, p->jpeg_size);
  jpeg_read_header(jpeg, TRUE);
  jpeg->out_color_space = JCS_RGB;
  jpeg->scale_num = 1;
  jpeg->scale_denom = (unsigned)scale;
  jpeg_start_decompress(jpeg);
  size_t stride = (size_t)jpeg->output_width * 3;
  for (JDIMENSION y = 0; y < jpeg->output_height; y++) rows[y] = p->pixels + y * stride;
  while (jpeg->output_scanline < jpeg->output_height) {
    jpeg_read_scanlines(jpeg, rows + jpeg->output_scanline, jpeg->output_height - jpeg->output_scanline);
  }
  jpeg_finish_decompress(jpeg);
}

static void encode(struct jpeg_compress_struct* jpeg, picture* p, JSAMPROW* rows) {
  unsigned char* coded = p->coded;
  unsigned long size = p->coded_capacity;
  jpeg_mem_dest(jpeg, &coded, &size);
  jpeg->image_width = (JDIMENSION)p->width;
  jpeg->image_height = (JDIMENSION)p->height;
  jpeg->input_components = 3;
  jpeg->in_color_space = JCS_RGB;
  jpeg_set_defaults(jpeg);
  jpeg_set_quality(jpeg, quality, TRUE);
  jpeg_start_compress(jpeg, TRUE);
  for (int y = 0; y < p->height; y++) rows[y] = p->pixels + (size_t)y * p->width * 3;
  while (jpeg->next_scanline < jpeg->image_height) {
    jpeg_write_scanlines(jpeg, rows + jpeg->next_scanline, jpeg->image_height - jpeg->next_scanline);
  }
  jpeg_finish_compress(jpeg);
  if (coded != p->coded) die("a result outgrew its buffer");
}

/* The n-th core that this process may use. */
static void pin(int n) {
  cpu_set_t allowed, one;
  sched_getaffinity(0, sizeof allowed, &allowed);
  n %= CPU_COUNT(&allowed);
  for (int cpu = 0; cpu < CPU_SETSIZE; cpu++) {
    if (!CPU_ISSET(cpu, &allowed) || n-- > 0) continue;
    CPU_ZERO(&one);
    CPU_SET(cpu, &one);
    pthread_setaffinity_np(pthread_self(), sizeof one, &one);
    return;
  }
}

static void* work(void* index) {
  pin((int)(intptr_t)index);
  struct jpeg_error_mgr errors;
  struct jpeg_decompress_struct decompress = { .err = jpeg_std_error(&errors) };
  struct jpeg_compress_struct compress = { .err = &errors };
  jpeg_create_decompress(&decompress);
  jpeg_create_compress(&compress);
  int tallest = 0;
  for (int i = 0; i < picture_count; i++) if (pictures[i].height > tallest) tallest = pictures[i].height;
  JSAMPROW* rows = malloc((size_t)tallest * sizeof *rows);
  int encoding = !strcmp(operation, "encode");
  int scale = strcmp(operation, "thumbnail") ? 1 : 8;
  for (;;) {
    pthread_barrier_wait(&begin);
    for (int i; (i = atomic_fetch_add(&next_picture, 1)) < picture_count;) {
      if (encoding) encode(&compress, &pictures[i], rows);
      else decode(&decompress, &pictures[i], rows, scale);
    }
    pthread_barrier_wait(&end);
  }
  return NULL;
}

/* One entry of the list; `coded` and `pixels` that are results are the place's own. */
static picture open_picture(const char* jpeg, const char* pixels, int width, int height) {
  picture p = { .width = width, .height = height };
  size_t size = (size_t)width * height * 3;
  p.jpeg = read_file(jpeg, &p.jpeg_size);
  if (strcmp(operation, "encode")) {
    p.pixels = calloc(size, 1);
  } else {
    unsigned long read;
    p.pixels = read_file(pixels, &read);
    p.coded_capacity = size;
    p.coded = malloc(size);
  }
  return p;
}

static void read_list(const char* path) {
  FILE* list = fopen(path, "r");
  if (!list) die("cannot open the list");
  char jpeg[4096], pixels[4096];
  int width, height;
  while (fscanf(list, " %4095[^\t] %4095[^\t] %d %d", jpeg, pixels, &width, &height) == 4) {
    pictures = realloc(pictures, (size_t)(picture_count + 1) * sizeof *pictures);
    pictures[picture_count++] = open_picture(jpeg, pixels, width, height);
  }
  fclose(list);
  if (picture_count == 0) die("the list is empty");
}

static void pass(void) {
  next_picture = 0;
  pthread_barrier_wait(&begin);
  pthread_barrier_wait(&end);
}

int main(int argc, char** argv) {
  if (argc != 5) die("four arguments, see the source");
  operation = argv[1];
  int threads = atoi(argv[2]);
  quality = atoi(argv[4]);
  read_list(argv[3]);
  pthread_barrier_init(&begin, NULL, (unsigned)threads + 1);
  pthread_barrier_init(&end, NULL, (unsigned)threads + 1);
  for (int i = 0; i < threads; i++) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, work, (void*)(intptr_t)i)) die("cannot start a thread");
  }
  pass(); /* takes memory and warms the caches */
  printf("ready\n");
  fflush(stdout);
  double seconds;
  while (scanf(" run %lf", &seconds) == 1) {
    double start = now();
    long done = 0;
    do {
      pass();
      done += picture_count;
    } while (now() - start < seconds);
    printf("done %ld %.6f\n", done, now() - start);
    fflush(stdout);
  }
  return 0;
}
