/*
 * Environments (the main thread's, each worker_thread's) and the chunks of work they have going.
 *
 * THE LIFETIME RULES
 *
 *  1. What a chunk reads and writes in JavaScript's memory (bytes, targets, field numbers) is kept alive by one
 *     reference, from the native call until the chunk's completion. The caller does not change the arrays meanwhile.
 *  2. References are made and dropped on the JavaScript thread only: at completion, or in the teardown hook.
 *  3. A thread's last act for a chunk is Finished(). After it the chunk may be gone, and the environment too.
 *  4. The threadsafe function is called under the environment's mutex, and never after `closed_`: so it cannot be
 *     gone while it is called. It carries no pointer; finished chunks wait in a list that its callback empties.
 *  5. Before an environment's memory goes, its teardown hook cancels its chunks and waits, at most 2 s, until no
 *     thread touches them. Hooks run in reverse order of registration, and ours is registered anew with every chunk,
 *     so that it comes before the hooks of any memory that the chunk uses. (Node-API's own buffers were seen to wait
 *     for later on Node 20; those of addons written on node.h need not.)
 *  6. A chunk that is still running after those 2 s is abandoned: it deletes itself at its end, without a word to
 *     JavaScript. Its memory may be gone before that; backends that ask `cancelled` never come that far.
 *  7. While anything is pending the event loop is kept alive, by a counter; when nothing is, it is not.
 *  8. New pixel memory belongs to the chunk until JavaScript has it behind an ArrayBuffer. If that fails, or the
 *     sample does, it goes back to the pool at once; from then on the finalizer is the only road back.
 *  9. Any call into JavaScript may fail because the environment is being terminated. Then there is nobody left to
 *     tell: what was being built is dropped.
 * 10. Executor, slab pool, libraries and host table are never destroyed; the addon stays mapped (-z nodelete) even if
 *     only a worker_thread has loaded it. At the process's exit work is cancelled and waited for, at most 2 s.
 *
 * test/runtime-lifetime.test.ts has a test for each.
 */
#ifndef POLYCODEC_ENVIRONMENT_HPP
#define POLYCODEC_ENVIRONMENT_HPP

#include <node_api.h>

#include <condition_variable>
#include <initializer_list>
#include <list>
#include <memory>
#include <mutex>
#include <vector>

#include "executor.hpp"

namespace polycodec {

class Environment;

/* The tasks of one native call, and what becomes of its promise. */
class Chunk : public Job {
 public:
  /* Builds what the promise settles with, on the JavaScript thread. null: the environment is being terminated. */
  virtual napi_value Result(napi_env env) = 0;
  /* Does Result give the reason of a rejection? */
  virtual bool Rejects() const { return false; }

  void Done() final;

 protected:
  using Job::Job;
  ~Chunk() override { ReleaseCall(); }

 private:
  friend class Environment;
  std::shared_ptr<Environment> environment_;
  napi_deferred deferred_ = nullptr;  /* null: a blocking call */
  napi_ref kept_ = nullptr;
  std::list<Chunk*>::iterator place_;
  bool finished_ = false;   /* under the environment's mutex, as is the next */
  bool abandoned_ = false;
};

class Environment : public std::enable_shared_from_this<Environment> {
 public:
  /* Makes the environment's data; called once, when the addon is loaded into it. false: cannot. */
  static bool Attach(napi_env env);
  static Environment* Of(napi_env env);
  /* JavaScript values kept alive for running chunks, in the whole process. */
  static size_t LiveReferences();
  /* Makes sure that exit() first stops the work. Again after opening a library: its static destructors come earlier. */
  static void StopAtExit();

  /* Starts a chunk and returns its promise. Takes the chunk over. `start` hands it to its threads. */
  napi_value Start(Chunk* chunk, std::initializer_list<napi_value> kept, bool (*start)(Chunk*));
  /* The same, blocking; returns what a promise would have settled with, or throws what it would have rejected with. */
  napi_value RunBlocking(Chunk* chunk, bool (*start)(Chunk*));

 private:
  friend class Chunk;
  void Finished(Chunk* chunk);
  static void OnFinished(napi_env env, napi_value, void* self, void*);
  static void OnTeardown(void* self);
  void Settle(Chunk* chunk);
  void Drop(Chunk* chunk);
  void Hold(bool on);

  napi_env env_ = nullptr;
  napi_threadsafe_function wake_ = nullptr;
  /* The JavaScript thread's alone. */
  std::list<Chunk*> live_;
  size_t pending_ = 0;

  std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<Chunk*> finished_;
  bool closed_ = false;
};

}  // namespace polycodec

#endif
