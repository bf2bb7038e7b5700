/*
 * What the loops over decoders of one library share; each includes it, names itself (LOOP) and defines `decode`. C and C++.
 *
 *   LOOP decode THREADS LIST QUALITY
 *
 * As loop.c does for JPEG: LIST has a line per picture, path of the file, path of its pixels, width and height, between
 * tabs; every thread is pinned to a core of its own, every picture has its own result buffer of RGB, and a pass is over
 * when the whole batch is done. The same line protocol.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

typedef struct picture {
  uint8_t* coded;
  size_t coded_size;
  uint8_t* pixels;
  int width, height;
} picture;

static picture* pictures;
static int picture_count, next_picture;
static pthread_barrier_t begin, end;

static double now(void) {
  struct timespec t;
  clock_gettime(CLOCK_MONOTONIC, &t);
  return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static void die(const char* what) {
  fprintf(stderr, "%s: %s\n", LOOP, what);
  exit(1);
}

static uint8_t* read_file(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  if (!file) die(path);
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  uint8_t* bytes = (uint8_t*)malloc(*size);
  if (!bytes || fread(bytes, 1, *size, file) != *size) die("cannot read a file");
  fclose(file);
  return bytes;
}

/* One picture, to RGB in its own result buffer; a failure is the end. */
static void decode(picture* p);

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
  for (;;) {
    pthread_barrier_wait(&begin);
    for (int i; (i = __atomic_fetch_add(&next_picture, 1, __ATOMIC_RELAXED)) < picture_count;) {
      picture* p = &pictures[i];
      decode(p);
    }
    pthread_barrier_wait(&end);
  }
  return NULL;
}

static void read_list(const char* path) {
  FILE* list = fopen(path, "r");
  if (!list) die("cannot open the list");
  char coded[4096], pixels[4096];
  int width, height;
  while (fscanf(list, " %4095[^\t] %4095[^\t] %d %d", coded, pixels, &width, &height) == 4) {
    picture p;
    p.width = width;
    p.height = height;
    p.pixels = (uint8_t*)calloc((size_t)width * height, 3);
    p.coded = read_file(coded, &p.coded_size);
    pictures = (picture*)realloc(pictures, (size_t)(picture_count + 1) * sizeof *pictures);
    pictures[picture_count++] = p;
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
  if (argc != 5 || strcmp(argv[1], "decode")) die("four arguments, see the source");
  int threads = atoi(argv[2]);
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
