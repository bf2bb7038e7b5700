/* webp-loop - the limit: what libwebp itself does when nothing is around it. */
#define LOOP "webp-loop"
#include "decode-loop.h"

#include <webp/decode.h>

static void decode(picture* p) {
  size_t size = (size_t)p->width * p->height * 3;
  if (!WebPDecodeRGBInto(p->coded, p->coded_size, p->pixels, size, p->width * 3)) die("a picture does not decode");
}
