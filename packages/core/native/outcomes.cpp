#include "outcomes.hpp"

#include <ctime>

#include "bridge.hpp"
#include "task_fields.hpp"

namespace polycodec {

namespace {

/* An array that comes into being with its first element, and has holes elsewhere. */
class Sparse {
 public:
  Sparse(napi_env env, size_t length) : env_(env), length_(length) {}
  bool Put(size_t i, napi_value value) {
    if (value == nullptr) return false;
    if (array_ == nullptr && napi_create_array_with_length(env_, length_, &array_) != napi_ok) return false;
    return napi_set_element(env_, array_, static_cast<uint32_t>(i), value) == napi_ok;
  }
  bool SetOn(napi_value object, const char* name) { return array_ == nullptr || js::Set(env_, object, name, array_); }

 private:
  napi_env env_;
  size_t length_;
  napi_value array_ = nullptr;
};

napi_value TextsOf(napi_env env, const std::vector<std::string>& texts) {
  napi_value array;
  if (napi_create_array_with_length(env, texts.size(), &array) != napi_ok) return nullptr;
  for (size_t i = 0; i < texts.size(); i++) {
    const napi_value text = js::Text(env, texts[i]);
    if (text == nullptr || napi_set_element(env, array, static_cast<uint32_t>(i), text) != napi_ok) return nullptr;
  }
  return array;
}

napi_value NumbersOf(napi_env env, const std::vector<Outcome>& outcomes) {
  const size_t count = outcomes.size() * outcome_field::count;
  uint8_t* memory;
  const napi_value buffer = js::NewBuffer(env, count * sizeof(double), &memory);
  if (buffer == nullptr) return nullptr;
  auto* numbers = reinterpret_cast<double*>(memory);
  for (const Outcome& outcome : outcomes) {
    numbers[outcome_field::status] = outcome.status;
    numbers[outcome_field::worker] = outcome.worker;
    numbers[outcome_field::startNs] = static_cast<double>(outcome.start_ns);
    numbers[outcome_field::endNs] = static_cast<double>(outcome.end_ns);
    numbers[outcome_field::size] = static_cast<double>(outcome.size);
    numbers += outcome_field::count;
  }
  napi_value array;
  return napi_create_typedarray(env, napi_float64_array, count, buffer, 0, &array) == napi_ok ? array : nullptr;
}

bool PutExtras(napi_env env, size_t i, Outcome& outcome, Sparse& messages, Sparse& warnings, Sparse& memory,
               napi_value (*memory_of)(napi_env, ScopedSlab&&, size_t), Sparse& device_buffers) {
  if (outcome.notes && outcome.status != POLYCODEC_SUCCESS && !outcome.notes->message.empty() &&
      !messages.Put(i, js::Text(env, outcome.notes->message))) {
    return false;
  }
  if (outcome.notes && !outcome.notes->warnings.empty() && !warnings.Put(i, TextsOf(env, outcome.notes->warnings))) {
    return false;
  }
  if (outcome.device_memory && outcome.status == POLYCODEC_SUCCESS) {
    return device_buffers.Put(i, DeviceBufferOf(env, std::move(outcome.device_memory)));
  }
  return !outcome.memory || outcome.status != POLYCODEC_SUCCESS ||
         memory.Put(i, memory_of(env, std::move(outcome.memory), outcome.size));
}

}  // namespace

uint64_t NowNs() {
  timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return static_cast<uint64_t>(now.tv_sec) * 1'000'000'000 + static_cast<uint64_t>(now.tv_nsec);
}

napi_value ChunkResult(napi_env env, std::vector<Outcome>& outcomes, Made made) {
  napi_value result;
  if (napi_create_object(env, &result) != napi_ok || !js::Set(env, result, "outcomes", NumbersOf(env, outcomes))) {
    return nullptr;
  }

  Sparse messages(env, outcomes.size()), warnings(env, outcomes.size()), memory(env, outcomes.size());
  Sparse device_buffers(env, outcomes.size());
  const bool pixels = made == Made::kPixels;
  for (size_t i = 0; i < outcomes.size(); i++) {
    Outcome& outcome = outcomes[i];
    if (!outcome.notes && !outcome.memory && !outcome.device_memory) continue;
    if (!PutExtras(env, i, outcome, messages, warnings, memory, pixels ? SlabOf : js::BufferOf, device_buffers)) return nullptr;
  }
  const bool set = messages.SetOn(result, "messages") && warnings.SetOn(result, "warnings") &&
                   memory.SetOn(result, pixels ? "slabs" : "buffers") && device_buffers.SetOn(result, "deviceBuffers");
  return set ? result : nullptr;
}

}  // namespace polycodec
