/* Streams, each with a thread, and events. Handles that are gone are known by not being in the lists. */
#include <atomic>
#include <map>
#include <thread>
#include <vector>

#include "fake_state.hpp"

namespace fake {

namespace {

/* A place in a stream: done when the stream's thread has come by. */
struct Ticket {
  std::mutex mutex;
  std::condition_variable changed;
  bool done = false;

  void Finish() {
    std::lock_guard lock(mutex);
    done = true;
    changed.notify_all();
  }
  void Wait() {
    std::unique_lock lock(mutex);
    changed.wait(lock, [this] { return done; });
  }
  bool IsDone() {
    std::lock_guard lock(mutex);
    return done;
  }
};

struct Stream {
  explicit Stream(int device) : device(device) {}
  const int device;
  std::mutex mutex;
  std::condition_variable wake;
  std::deque<std::function<void()>> queue;
  bool stopping = false;

  /* Shared with the thread, which goes on until all is done when the stream is destroyed, as CUDA's do. */
  static void Start(const std::shared_ptr<Stream>& self) {
    std::thread([self] {
      std::unique_lock lock(self->mutex);
      for (;;) {
        self->wake.wait(lock, [&] { return self->stopping || !self->queue.empty(); });
        if (self->queue.empty()) return;
        auto work = std::move(self->queue.front());
        self->queue.pop_front();
        lock.unlock();
        work();
        work = nullptr;
        lock.lock();
      }
    }).detach();
  }
  void Put(std::function<void()> work) {
    std::lock_guard lock(mutex);
    queue.push_back(std::move(work));
    wake.notify_one();
  }
};

struct Event {
  int device;
  std::shared_ptr<Ticket> recorded;
};

struct State {
  std::mutex mutex;
  std::map<void*, std::shared_ptr<Stream>> streams;
  std::shared_ptr<Stream> legacy[kMaxDevices];
  std::map<void*, Event> events;
};

State& Shared() {
  static auto* state = new State;
  return *state;
}

std::shared_ptr<Stream> Find(void* handle) {
  State& state = Shared();
  std::lock_guard lock(state.mutex);
  if (handle == nullptr) {
    auto& legacy = state.legacy[CurrentDevice()];
    if (!legacy) {
      legacy = std::make_shared<Stream>(CurrentDevice());
      Stream::Start(legacy);
    }
    return legacy;
  }
  const auto at = state.streams.find(handle);
  if (at != state.streams.end()) return at->second;
  fakeCudaViolation("stream %p is not there (any more)", handle);
  return nullptr;
}

std::shared_ptr<Ticket> Mark(const std::shared_ptr<Stream>& stream) {
  auto ticket = std::make_shared<Ticket>();
  stream->Put([ticket] { ticket->Finish(); });
  return ticket;
}

/* A handle that looks like CUDA's: a pointer that nobody may follow, and that is never used twice. */
void* NewHandle() {
  static std::atomic<uintptr_t> next{0x1000};
  return reinterpret_cast<void*>(next.fetch_add(16));
}

/* Null, with a violation, for one that is gone. */
std::shared_ptr<Ticket> TicketOf(void* event, bool& known) {
  State& state = Shared();
  std::lock_guard lock(state.mutex);
  const auto at = state.events.find(event);
  known = at != state.events.end();
  if (known) return at->second.recorded;
  fakeCudaViolation("event %p is not there (any more)", event);
  return nullptr;
}

}  // namespace

int& CurrentDevice() {
  thread_local int current = 0;
  return current;
}

Error CreateStream(void** stream) {
  auto made = std::make_shared<Stream>(CurrentDevice());
  Stream::Start(made);
  *stream = NewHandle();
  std::lock_guard lock(Shared().mutex);
  Shared().streams.emplace(*stream, std::move(made));
  fakeCudaCount("stream", 1);
  return 0;
}

Error DestroyStream(void* stream) {
  const auto found = stream != nullptr ? Find(stream) : nullptr;
  if (!found) return kInvalidResourceHandle;
  std::lock_guard lock(Shared().mutex);
  Shared().streams.erase(stream);
  fakeCudaCount("stream", -1);
  std::lock_guard own(found->mutex);
  found->stopping = true;
  found->wake.notify_one();
  return 0;
}

Error Enqueue(void* stream, std::function<void()> work, bool wait) {
  const auto found = Find(stream);
  if (!found) return kInvalidResourceHandle;
  found->Put([work = std::move(work), device = found->device] {
    if (BeforeWork(device)) work();
  });
  if (wait) Mark(found)->Wait();
  return 0;
}

Error Synchronize(void* stream) {
  const auto found = Find(stream);
  if (!found) return kInvalidResourceHandle;
  Mark(found)->Wait();
  return 0;
}

void SynchronizeDevice(int device) {
  std::vector<std::shared_ptr<Stream>> all;
  {
    std::lock_guard lock(Shared().mutex);
    for (const auto& [handle, stream] : Shared().streams) {
      if (stream->device == device) all.push_back(stream);
    }
    if (Shared().legacy[device]) all.push_back(Shared().legacy[device]);
  }
  for (const auto& stream : all) Mark(stream)->Wait();
}

Error CreateEvent(void** event) {
  *event = NewHandle();
  std::lock_guard lock(Shared().mutex);
  Shared().events[*event] = {.device = CurrentDevice(), .recorded = nullptr};
  fakeCudaCount("event", 1);
  return 0;
}

Error DestroyEvent(void* event) {
  bool known;
  TicketOf(event, known);
  if (!known) return kInvalidResourceHandle;
  std::lock_guard lock(Shared().mutex);
  Shared().events.erase(event);
  fakeCudaCount("event", -1);
  return 0;
}

Error Record(void* event, void* stream) {
  const auto found = Find(stream);
  bool known;
  TicketOf(event, known);
  if (!found || !known) return kInvalidResourceHandle;
  std::lock_guard lock(Shared().mutex);
  Event& own = Shared().events[event];
  if (own.device != found->device) {
    fakeCudaViolation("an event of device %d is recorded on a stream of device %d", own.device, found->device);
    return kInvalidResourceHandle;
  }
  own.recorded = Mark(found);
  return 0;
}

Error Wait(void* stream, void* event) {
  const auto found = Find(stream);
  bool known;
  const auto ticket = TicketOf(event, known);
  if (!found || !known) return kInvalidResourceHandle;
  if (ticket) found->Put([ticket] { ticket->Wait(); });
  return 0;
}

Error SynchronizeEvent(void* event) {
  bool known;
  const auto ticket = TicketOf(event, known);
  if (!known) return kInvalidResourceHandle;
  if (ticket) ticket->Wait();
  return 0;
}

Error QueryEvent(void* event) {
  bool known;
  const auto ticket = TicketOf(event, known);
  if (!known) return kInvalidResourceHandle;
  return !ticket || ticket->IsDone() ? 0 : polycodec::cudart::kNotReady;
}

}  // namespace fake

using namespace fake;

FAKE_EXPORT int fakeCudaEnqueue(void* stream, void (*work)(void*), void* context) {
  return Enqueue(stream, [work, context] { work(context); }, false);
}

FAKE_EXPORT int fakeCudaCurrentDevice(void) { return CurrentDevice(); }

FAKE_EXPORT int fakeCudaStreamDevice(void* stream) {
  const auto found = Find(stream);
  return found ? found->device : -1;
}
