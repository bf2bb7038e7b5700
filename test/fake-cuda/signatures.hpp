/*
 * Compares our own declarations with the real headers', at compile time. Ours use int for enums and void* for opaque
 * handles, so what must be the same is how the value is passed: integers and enums of one size, pointers, floats of one size,
 * structs of one size and alignment.
 *
 *     SAME_FUNCTION(polycodec::cudart::Functions::cudaMalloc, cudaMalloc);    member (a pointer to function) against function
 *     SAME_VALUE(kCopyDefault, cudaMemcpyDefault);
 *     SAME_OFFSET(OurStruct, field, theirs, their_field);
 */
#ifndef FAKE_SIGNATURES_HPP
#define FAKE_SIGNATURES_HPP

#include <cstddef>
#include <type_traits>

namespace signatures {

template <class A, class B>
constexpr bool SameValue() {
  using Ours = std::remove_cv_t<A>;
  using Theirs = std::remove_cv_t<B>;
  constexpr bool both_whole = (std::is_integral_v<Ours> || std::is_enum_v<Ours>) &&
                              (std::is_integral_v<Theirs> || std::is_enum_v<Theirs>);
  if constexpr (std::is_void_v<Ours> || std::is_void_v<Theirs>) {
    return std::is_void_v<Ours> && std::is_void_v<Theirs>;
  } else if constexpr (std::is_pointer_v<Ours> || std::is_pointer_v<Theirs>) {
    return std::is_pointer_v<Ours> && std::is_pointer_v<Theirs>;
  } else if constexpr (both_whole) {
    return sizeof(Ours) == sizeof(Theirs);
  } else if constexpr (std::is_floating_point_v<Ours> || std::is_floating_point_v<Theirs>) {
    return std::is_same_v<Ours, Theirs>;
  } else {
    return std::is_class_v<Ours> && std::is_class_v<Theirs> && sizeof(Ours) == sizeof(Theirs) &&
           alignof(Ours) == alignof(Theirs);
  }
}

template <class Ours, class Theirs>
struct Same : std::false_type {};
template <class R1, class... A1, class R2, class... A2>
struct Same<R1 (*)(A1...), R2 (*)(A2...)> {
  static constexpr bool Arguments() {
    if constexpr (sizeof...(A1) == sizeof...(A2)) {
      return (SameValue<A1, A2>() && ...);
    } else {
      return false;
    }
  }
  static constexpr bool value = SameValue<R1, R2>() && Arguments();
};
template <class T>
using Function = std::decay_t<std::remove_cvref_t<T>>;

}  // namespace signatures

#define SAME_FUNCTION(ours, theirs)                                                                            \
  static_assert(signatures::Same<signatures::Function<decltype(ours)>, signatures::Function<decltype(theirs)>>::value, \
                #theirs " is declared otherwise in the real header")
#define SAME_VALUE(ours, theirs) \
  static_assert(static_cast<long long>(ours) == static_cast<long long>(theirs), #theirs " has another value in the real header")
#define SAME_OFFSET(ours, field, theirs, their_field)                       \
  static_assert(offsetof(ours, field) == offsetof(theirs, their_field) &&   \
                    sizeof(ours::field) == sizeof(theirs::their_field),     \
                #theirs "." #their_field " lies elsewhere in the real header")

#endif
