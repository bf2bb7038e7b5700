/*
 * When the garbage collector is asked to look for forgotten pixels.
 *
 * V8 counts the bytes behind external ArrayBuffers, and marks the whole heap after every few: what its heap may grow by
 * until then is some tens of MiB, whatever the pixels take. Told of an eighth, it made six collections in a batch of
 * 2,000 small pictures that are all kept: a tenth of the time of their decode. So it is told of none of them, and of a
 * great deal at once when there is half again as much as after the last collection, and at least 768 MiB more.
 */
#ifndef POLYCODEC_PIXEL_PRESSURE_HPP
#define POLYCODEC_PIXEL_PRESSURE_HPP

#include <node_api.h>

#include <cstdint>

namespace polycodec::pixel_pressure {

/* JavaScript has got pixels of so many bytes, or (negative) let go of them. */
void Changed(napi_env env, int64_t bytes);

/* The same for an ArrayBuffer over `base`; V8 counts its bytes until it is detached or found dead. */
void Opened(napi_env env, const void* base, size_t length);
/* To be called before it is detached, or in its finalizer. Twice is once. */
void Closed(napi_env env, const void* base);

}  // namespace polycodec::pixel_pressure

#endif
