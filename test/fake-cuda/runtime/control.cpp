#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <random>
#include <sstream>
#include <thread>
#include <vector>

#include "fake_state.hpp"

namespace fake {

namespace {

struct Rule {
  std::string function;
  Error error = 0;
  int delay_ms = 0;
  bool hangs = false;
  int64_t skip = 0, times = INT64_MAX;
};

struct State {
  std::mutex mutex;
  std::condition_variable released;
  uint64_t releases = 0;
  Settings settings;
  std::vector<Rule> rules;
  std::map<std::string, uint64_t> calls;
  std::map<std::string, int64_t> handles;
  std::vector<std::string> violations;
  bool touched[kMaxDevices] = {};
  Error sticky[kMaxDevices] = {};
  std::string report;

  State() {
    if (const char* commands = std::getenv("FAKE_CUDA")) Run(commands);
  }
  bool Run(const std::string& commands);
  bool RunOne(const std::string& command);
};

/* Never destroyed: the threads of streams may be at work while the process exits. */
State& Shared() {
  static auto* state = new State;
  return *state;
}

bool State::Run(const std::string& commands) {
  std::istringstream all(commands);
  bool understood = true;
  for (std::string command; std::getline(all, command, ';');) understood = RunOne(command) && understood;
  return understood;
}

bool State::RunOne(const std::string& command) {
  std::istringstream words(command);
  std::string verb;
  Rule rule;
  if (!(words >> verb)) return true;
  if (verb == "fail") {
    if (!(words >> rule.function >> rule.error)) return false;
    if (words >> rule.skip && !(words >> rule.times)) rule.times = INT64_MAX;
    rules.push_back(rule);
  } else if (verb == "delay") {
    if (!(words >> rule.function >> rule.delay_ms)) return false;
    rules.push_back(rule);
  } else if (verb == "hang") {
    rule.hangs = true;
    if (!(words >> rule.function)) return false;
    if (words >> rule.skip && !(words >> rule.times)) rule.times = INT64_MAX;
    rules.push_back(rule);
  } else if (verb == "release" || verb == "reset") {
    std::erase_if(rules, [&](const Rule& one) { return verb == "reset" || one.hangs; });
    releases++;
    released.notify_all();
    if (verb == "release") return true;
    calls.clear();
    violations.clear();
    std::fill(std::begin(sticky), std::end(sticky), 0);
  } else if (verb == "devices") {
    return static_cast<bool>(words >> settings.devices) && settings.devices <= kMaxDevices;
  } else if (verb == "driver") {
    return static_cast<bool>(words >> settings.driver);
  } else if (verb == "memory") {
    return static_cast<bool>(words >> settings.memory);
  } else if (verb == "jitter") {
    return static_cast<bool>(words >> settings.jitter_us);
  } else {
    return false;
  }
  return true;
}

/* Applies the rules for a function; the lock is let go of while it takes its time. */
Error Apply(const char* function, std::unique_lock<std::mutex>& lock) {
  State& state = Shared();
  Error error = 0;
  int delay_ms = 0;
  bool hangs = false;
  for (Rule& rule : state.rules) {
    if (rule.function != function) continue;
    if (rule.skip > 0) {
      rule.skip--;
      continue;
    }
    if (rule.times <= 0) continue;
    rule.times--;
    if (rule.error != 0) error = rule.error;
    delay_ms += rule.delay_ms;
    hangs = hangs || rule.hangs;
  }
  if (delay_ms > 0) {
    lock.unlock();
    std::this_thread::sleep_for(std::chrono::milliseconds(delay_ms));
    lock.lock();
  }
  if (hangs) {
    const uint64_t before = state.releases;
    state.released.wait(lock, [&] { return state.releases != before; });
  }
  return error;
}

thread_local Error last_error = 0;

void PutText(std::ostringstream& json, const std::string& text) {
  json << '"';
  for (const char c : text) {
    if (c == '"' || c == '\\') json << '\\';
    json << (c == '\n' ? ' ' : c);
  }
  json << '"';
}

template <class Map>
void PutMap(std::ostringstream& json, const char* name, const Map& map) {
  json << ",\"" << name << "\":{";
  const char* comma = "";
  for (const auto& [key, value] : map) {
    json << comma;
    PutText(json, key);
    json << ':' << value;
    comma = ",";
  }
  json << '}';
}

}  // namespace

Settings CurrentSettings() {
  std::lock_guard lock(Shared().mutex);
  return Shared().settings;
}

Error Last(Error error) {
  if (error != 0) last_error = error;
  return error;
}

Error TakeLast() {
  const Error error = last_error;
  last_error = 0;
  return error;
}

void Count(const char* function) {
  std::lock_guard lock(Shared().mutex);
  Shared().calls[function]++;
}

static Error Enter(const char* function, bool anywhere) {
  State& state = Shared();
  std::unique_lock lock(state.mutex);
  state.calls[function]++;
  if (state.settings.driver == 0) return Last(polycodec::cudart::kInsufficientDriver);
  if (state.settings.driver / 1000 < FAKE_CUDA_MAJOR) return Last(polycodec::cudart::kInsufficientDriver);
  if (state.settings.devices == 0) return Last(polycodec::cudart::kNoDevice);
  const Error wanted = Apply(function, lock);
  return Last(wanted != 0 || anywhere ? wanted : state.sticky[CurrentDevice()]);
}

Error Enter(const char* function) { return Enter(function, false); }
Error EnterAnywhere(const char* function) { return Enter(function, true); }

Error EnterToFree(const char* function, bool& frees) {
  const Error error = Enter(function);
  std::lock_guard lock(Shared().mutex);
  frees = error == 0 || error == Shared().sticky[CurrentDevice()];
  return error;
}

bool BeforeWork(int device) {
  State& state = Shared();
  std::unique_lock lock(state.mutex);
  state.calls["stream"]++;
  const int jitter = state.settings.jitter_us;
  if (jitter > 0) {
    lock.unlock();
    thread_local std::minstd_rand random(std::random_device{}());
    usleep(static_cast<useconds_t>(random() % static_cast<unsigned>(jitter)));
    lock.lock();
  }
  const Error error = Apply("stream", lock);
  if (error != 0) state.sticky[device] = error;
  return state.sticky[device] == 0;
}

void Touch() {
  State& state = Shared();
  std::lock_guard lock(state.mutex);
  state.touched[CurrentDevice()] = true;
}

}  // namespace fake

using namespace fake;

FAKE_EXPORT int fakeCudaEnter(const char* function) { return Enter(function); }

FAKE_EXPORT void fakeCudaViolation(const char* format, ...) {
  char text[512];
  va_list arguments;
  va_start(arguments, format);
  std::vsnprintf(text, sizeof text, format, arguments);
  va_end(arguments);
  std::lock_guard lock(Shared().mutex);
  if (Shared().violations.size() < 100) Shared().violations.emplace_back(text);
}

FAKE_EXPORT void fakeCudaCount(const char* kind, int change) {
  std::lock_guard lock(Shared().mutex);
  Shared().handles[kind] += change;
}

FAKE_EXPORT int fakeCudaControl(const char* commands) {
  std::lock_guard lock(Shared().mutex);
  return Shared().Run(commands) ? 0 : 1;
}

FAKE_EXPORT const char* fakeCudaReport(void) {
  const MemoryReport memory = Memory();
  State& state = Shared();
  std::lock_guard lock(state.mutex);
  int contexts = 0;
  for (const bool touched : state.touched) contexts += touched ? 1 : 0;
  std::ostringstream json;
  json << "{\"fake\":true,\"deviceBlocks\":" << memory.device_blocks << ",\"deviceBytes\":" << memory.device_bytes
       << ",\"devicePeakBytes\":" << memory.device_peak << ",\"pinnedBlocks\":" << memory.pinned_blocks
       << ",\"pinnedBytes\":" << memory.pinned_bytes << ",\"pinnedPeakBytes\":" << memory.pinned_peak
       << ",\"contexts\":" << contexts;
  PutMap(json, "handles", state.handles);
  PutMap(json, "calls", state.calls);
  json << ",\"violations\":[";
  const char* comma = "";
  for (const std::string& violation : state.violations) {
    json << comma;
    PutText(json, violation);
    comma = ",";
  }
  json << "]}";
  state.report = json.str();
  return state.report.c_str();
}
