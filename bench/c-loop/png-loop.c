/* png-loop - the limit of libspng, the usual choice where libpng is too slow: `png-loop decode THREADS LIST QUALITY`, see passes.h. */
#include "passes.h"

#include <spng.h>

static void* open_worker(void) { return NULL; }

static void code(void* worker, picture* p) {
  (void)worker;
  spng_ctx* context = spng_ctx_new(0);
  if (!context || spng_set_png_buffer(context, p->input, p->input_size)) die("libspng does not start");
  if (spng_decode_image(context, p->result, p->result_size, SPNG_FMT_RGB8, 0)) die("a picture does not decode");
  spng_ctx_free(context);
}

int main(int argc, char** argv) {
  if (argc != 5 || strcmp(argv[1], "decode")) die("four arguments, see the source");
  return run_passes(atoi(argv[2]), argv[3], 0);
}
