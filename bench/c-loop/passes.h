/*
 * passes - what the loops share: the limit that a library has when nothing is around it.
 *
 * LIST has a line per picture: path of the file, path of its pixels (interleaved RGB), width and height, between tabs.
 * Every thread is pinned to a core of its own; every picture has its own result buffer, kept from pass to pass, as a
 * batch's results stand in memory together. A free thread takes the next picture. As for every rival, a pass is over when
 * the whole batch is done.
 *
 * Speaks the bench's line protocol: prints `ready`, then answers `run SECONDS` with `done PICTURES SECONDS`.
 *
 * A loop, in C or C++, includes this, defines open_worker and code, and calls run_passes.
 */
#ifndef BENCH_PASSES_H
#define BENCH_PASSES_H

#ifndef _GNU_SOURCE /* C++ has it already */
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
  unsigned char* input; /* the file, or its pixels */
  size_t input_size;
  unsigned char* result; /* room for all pixels */
  size_t result_size;
  int width, height;
} picture;

/* What one thread keeps. */
static void* open_worker(void);
/* Decodes or encodes one picture. */
static void code(void* worker, picture* p);

static picture* pictures;
static int picture_count, next_picture;
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

static unsigned char* read_file(const char* path, size_t* size) {
  FILE* file = fopen(path, "rb");
  if (!file) die(path);
  fseek(file, 0, SEEK_END);
  *size = (size_t)ftell(file);
  rewind(file);
  unsigned char* bytes = (unsigned char*)malloc(*size);
  if (!bytes || fread(bytes, 1, *size, file) != *size) die("cannot read a file");
  fclose(file);
  return bytes;
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
  void* worker = open_worker();
  for (;;) {
    pthread_barrier_wait(&begin);
    for (int i; (i = __atomic_fetch_add(&next_picture, 1, __ATOMIC_RELAXED)) < picture_count;)
      code(worker, &pictures[i]);
    pthread_barrier_wait(&end);
  }
  return NULL;
}

static void read_list(const char* path, int takes_pixels) {
  FILE* list = fopen(path, "r");
  if (!list) die("cannot open the list");
  char file[4096], pixels[4096];
  int width, height;
  while (fscanf(list, " %4095[^\t] %4095[^\t] %d %d", file, pixels, &width, &height) == 4) {
    picture p;
    p.width = width;
    p.height = height;
    p.result_size = (size_t)width * height * 3;
    p.input = read_file(takes_pixels ? pixels : file, &p.input_size);
    p.result = (unsigned char*)calloc(p.result_size, 1);
    if (!p.result) die("no memory");
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

/* Until the standard input ends. */
static int run_passes(int threads, const char* list, int takes_pixels) {
  read_list(list, takes_pixels);
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

#endif
