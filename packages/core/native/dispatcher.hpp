/* A thread of its own for work that may wait for a device for ever, and so has no place in the executor. */
#ifndef POLYCODEC_DISPATCHER_HPP
#define POLYCODEC_DISPATCHER_HPP

#include <functional>
#include <memory>

namespace polycodec {

/* Work is done in its order. The thread is made for the first, and ends when the dispatcher has gone and all is done. */
class Dispatcher {
 public:
  Dispatcher();
  ~Dispatcher();
  void Post(std::function<void()> work);

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace polycodec

#endif
