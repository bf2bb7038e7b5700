/* webp-loop - the limit of libwebp: `webp-loop decode THREADS LIST QUALITY`, see passes.h. */
#include "passes.h"

#include <webp/decode.h>

static void* open_worker(void) { return NULL; }

static void code(void* worker, picture* p) {
  (void)worker;
  if (!WebPDecodeRGBInto(p->input, p->input_size, p->result, p->result_size, p->width * 3)) {
    die("a picture does not decode");
  }
}

int main(int argc, char** argv) {
  if (argc != 5 || strcmp(argv[1], "decode")) die("four arguments, see the source");
  return run_passes(atoi(argv[2]), argv[3], 0);
}
