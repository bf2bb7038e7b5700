/*
 * What every fake library of this folder has in common: counters of live handles and of calls, statuses and delays to be
 * injected, and a list of the misuse it has seen. Header only; one copy of the state in each library.
 *
 * Node cannot call into a shared library, so a fake is also an extension with one decoder, "fake-control", that never
 * comes to life: `instance_create` takes {command} and refuses with the reply as its message. test/fake-cuda/control.ts
 * is the other end. Commands, words divided by blanks:
 *
 *     reset                          forgets calls, faults and what is to be injected; live handles stay counted
 *     live                           {"handle":1,...}: what has been created and not destroyed
 *     calls FUNCTION                 how many times it was called since reset
 *     fail FUNCTION STATUS [SKIP] [TIMES]   after SKIP calls (0) return STATUS without doing anything, TIMES times (1)
 *     delay FUNCTION MS              sleep so long at each call
 *     faults                         the number of misuses, and the first of them
 *     set NAME VALUE                 a number that the fake reads: see each
 */
#ifndef FAKE_CUDA_CONTROL_HPP
#define FAKE_CUDA_CONTROL_HPP

#include <polycodec.h>

#include <chrono>
#include <cstdarg>
#include <cstdio>
#include <map>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace fake {

struct Injection {
  int status = 0;
  long skip = 0, times = 0;
};

class Control {
 public:
  static Control& Shared() {
    static auto* shared = new Control;  // never destroyed: threads may still call at exit
    return *shared;
  }

  /* At the head of every function. True: return `status` and do nothing. */
  bool Enter(const char* function, int& status) {
    long ms = 0;
    bool fails = false;
    {
      std::lock_guard lock(mutex_);
      calls_[function]++;
      if (auto delay = delays_.find(function); delay != delays_.end()) ms = delay->second;
      if (auto found = injections_.find(function); found != injections_.end()) {
        Injection& injection = found->second;
        if (injection.skip > 0) {
          injection.skip--;
        } else if (injection.times > 0) {
          injection.times--;
          status = injection.status;
          fails = true;
        }
      }
    }
    if (ms > 0) std::this_thread::sleep_for(std::chrono::milliseconds(ms));
    return fails;
  }

  void Born(const char* kind) { Count(kind, 1); }
  void Died(const char* kind) { Count(kind, -1); }

  __attribute__((format(printf, 2, 3))) void Fault(const char* format, ...) {
    char text[256];
    va_list arguments;
    va_start(arguments, format);
    std::vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    std::lock_guard lock(mutex_);
    faults_.emplace_back(text);
  }

  long Setting(const char* name, long otherwise) {
    std::lock_guard lock(mutex_);
    const auto found = settings_.find(name);
    return found != settings_.end() ? found->second : otherwise;
  }

  std::string Run(const std::string& command) {
    std::istringstream words(command);
    std::string verb, name;
    words >> verb >> name;
    std::lock_guard lock(mutex_);
    if (verb == "reset") {
      calls_.clear(), injections_.clear(), delays_.clear(), faults_.clear(), settings_.clear();
      return "done";
    }
    if (verb == "live") return Live();
    if (verb == "calls") return std::to_string(calls_[name]);
    if (verb == "faults") return std::to_string(faults_.size()) + (faults_.empty() ? "" : " " + faults_.front());
    if (verb == "fail") {
      Injection injection{.status = 0, .skip = 0, .times = 1};
      words >> injection.status >> injection.skip >> injection.times;
      if (injection.times == 0) injection.times = 1;
      injections_[name] = injection;
      return "done";
    }
    if (verb == "delay" && words >> delays_[name]) return "done";
    if (verb == "set" && words >> settings_[name]) return "done";
    return "unknown command: " + command;
  }

 private:
  void Count(const char* kind, long change) {
    std::lock_guard lock(mutex_);
    live_[kind] += change;
    if (live_[kind] < 0) faults_.push_back(std::string(kind) + " destroyed more often than created");
  }

  std::string Live() const {
    std::string text = "{";
    for (const auto& [kind, count] : live_) {
      if (count != 0) text += (text.size() > 1 ? ",\"" : "\"") + kind + "\":" + std::to_string(count);
    }
    return text + "}";
  }

  std::mutex mutex_;
  std::map<std::string, long> live_, calls_, delays_, settings_;
  std::map<std::string, Injection> injections_;
  std::vector<std::string> faults_;
};

namespace detail {

inline const polycodec_host* host = nullptr;

inline polycodec_status Answer(polycodec_call* call, const polycodec_params* options, void**) {
  host->message(call, "%s", Control::Shared().Run(host->text(options, "command", "")).c_str());
  return POLYCODEC_BACKEND_UNSUPPORTED;
}
inline polycodec_status Never(void*, const polycodec_decode_task*) { return POLYCODEC_FAIL; }

inline constexpr polycodec_decoder kControl = {
    .struct_size = sizeof(polycodec_decoder), .id = "fake-control", .codec = "fake", .instance_create = Answer,
    .instance_destroy = nullptr, .worker_create = nullptr, .worker_destroy = nullptr, .decode = Never,
    .decode_batch = nullptr};
inline constexpr const polycodec_decoder* kDecoders[] = {&kControl, nullptr};
inline constexpr polycodec_extension kExtension = {
    .struct_size = sizeof(polycodec_extension), .abi_version = POLYCODEC_ABI_VERSION, .reserved = 0,
    .name = "fake library for tests", .version = "0", .decoders = kDecoders, .encoders = nullptr, .libraries = nullptr};

}  // namespace detail
}  // namespace fake

/* Once in each fake library. */
#define FAKE_CONTROL()                                                                                            \
  extern "C" POLYCODEC_EXPORT const polycodec_extension* polycodec_extension_v1(const polycodec_host* given) {    \
    fake::detail::host = given;                                                                                   \
    return &fake::detail::kExtension;                                                                             \
  }

#endif
