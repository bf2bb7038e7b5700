/*
 * Compares our own declarations of a codec library with the real headers', at compile time, where signatures.hpp does not: ours
 * have a name for each of the library's. To be included after the real header.
 *
 *     SAME_TYPE(ours::ImageBuffers, nvjpegImage_t);    an enum or a struct, which is passed in the same way
 *     SAME_OPAQUE(ours::Handle_, nvjpegHandle);        what a handle points to
 *     SAME_STATUSES(NVJPEG);                           those that all libraries have
 *     SAME_ALLOCATOR(ours::DeviceAllocator, nvjpegDevAllocatorV2_t, dev_malloc, dev_free, dev_ctx);
 *     static_assert(signatures::kSameCall<decltype(ours::Functions::Destroy), decltype(&nvjpegDestroy)>);
 *
 * Two function types are the same to the caller if their parameters agree one by one: the same type; or a pair of names for one
 * thing that is listed so; or pointers to such, const where the other is.
 */
#ifndef FAKE_LIBRARY_SIGNATURES_HPP
#define FAKE_LIBRARY_SIGNATURES_HPP

#include <polycodec_cuda_declarations.hpp>

#include "signatures.hpp"

namespace signatures {

template <class Ours, class Theirs>
constexpr bool kSame = std::is_same_v<Ours, Theirs>;
template <class Ours, class Theirs>
constexpr bool kSame<Ours*, Theirs*> = kSame<Ours, Theirs>;
template <class Ours, class Theirs>
constexpr bool kSame<const Ours, const Theirs> = kSame<Ours, Theirs>;

template <class Ours, class Theirs>
constexpr bool kSameCall = false;
template <class OurResult, class... Ours, class TheirResult, class... Theirs>
constexpr bool kSameCall<OurResult (*)(Ours...), TheirResult (*)(Theirs...)> = [] {
  if constexpr (sizeof...(Ours) == sizeof...(Theirs)) {
    return kSame<OurResult, TheirResult> && (kSame<Ours, Theirs> && ...);
  }
  return false;
}();

}  // namespace signatures

/* Enums have the size of int in both, so that a register holds the same; so have structs that are the same by field. */
#define SAME_TYPE(ours, theirs) \
  template <>                   \
  constexpr bool signatures::kSame<ours, theirs> = sizeof(ours) == sizeof(theirs)
#define SAME_OPAQUE(ours, theirs) \
  template <>                     \
  constexpr bool signatures::kSame<ours, theirs> = true

SAME_TYPE(polycodec::cuda::Property, libraryPropertyType);
SAME_VALUE(polycodec::cuda::Property::kMajor, MAJOR_VERSION);
SAME_VALUE(polycodec::cuda::Property::kMinor, MINOR_VERSION);
SAME_VALUE(polycodec::cuda::Property::kPatch, PATCH_LEVEL);

#define SAME_STATUSES(prefix)                                                                                \
  SAME_VALUE(polycodec::cuda::Status::kSuccess, prefix##_STATUS_SUCCESS);                                    \
  SAME_VALUE(polycodec::cuda::Status::kNotInitialized, prefix##_STATUS_NOT_INITIALIZED);                     \
  SAME_VALUE(polycodec::cuda::Status::kInvalidParameter, prefix##_STATUS_INVALID_PARAMETER);                 \
  SAME_VALUE(polycodec::cuda::Status::kBadJpeg, prefix##_STATUS_BAD_JPEG);                                   \
  SAME_VALUE(polycodec::cuda::Status::kJpegNotSupported, prefix##_STATUS_JPEG_NOT_SUPPORTED);                \
  SAME_VALUE(polycodec::cuda::Status::kAllocatorFailure, prefix##_STATUS_ALLOCATOR_FAILURE);                 \
  SAME_VALUE(polycodec::cuda::Status::kExecutionFailed, prefix##_STATUS_EXECUTION_FAILED);                   \
  SAME_VALUE(polycodec::cuda::Status::kArchMismatch, prefix##_STATUS_ARCH_MISMATCH);                         \
  SAME_VALUE(polycodec::cuda::Status::kInternalError, prefix##_STATUS_INTERNAL_ERROR);                       \
  SAME_VALUE(polycodec::cuda::Status::kImplementationNotSupported, prefix##_STATUS_IMPLEMENTATION_NOT_SUPPORTED)

#define SAME_ALLOCATOR(ours, theirs, their_allocate, their_free, their_context)          \
  SAME_TYPE(ours, theirs);                                                               \
  static_assert(std::is_same_v<decltype(ours::allocate), decltype(theirs::their_allocate)>); \
  static_assert(std::is_same_v<decltype(ours::free), decltype(theirs::their_free)>);     \
  SAME_OFFSET(ours, allocate, theirs, their_allocate);                                   \
  SAME_OFFSET(ours, free, theirs, their_free);                                           \
  SAME_OFFSET(ours, context, theirs, their_context)

#endif
