/* png-loop - libspng when nothing is around it: the usual choice where libpng is too slow. */
#define LOOP "png-loop"
#include "decode-loop.h"

#include <spng.h>

static void decode(picture* p) {
  spng_ctx* context = spng_ctx_new(0);
  if (!context || spng_set_png_buffer(context, p->coded, p->coded_size)) die("libspng does not start");
  size_t size = (size_t)p->width * p->height * 3;
  if (spng_decode_image(context, p->pixels, size, SPNG_FMT_RGB8, 0)) die("a picture does not decode");
  spng_ctx_free(context);
}
