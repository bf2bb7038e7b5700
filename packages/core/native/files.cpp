#include "files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <utility>

namespace polycodec::files {

namespace {

/* Closes by itself. */
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ >= 0) close(fd_);
  }
  int get() const { return fd_; }
  /* Some file systems report a failed write only now. */
  int Close() { return close(std::exchange(fd_, -1)); }

 private:
  int fd_;
};

int OpenAgain(const std::string& path, int flags, mode_t mode = 0) {
  // A name cut short at a null character would be another file's.
  if (path.find('\0') != std::string::npos) {
    errno = EINVAL;
    return -1;
  }
  int fd;
  do fd = open(path.c_str(), flags | O_CLOEXEC, mode);
  while (fd < 0 && errno == EINTR);
  return fd;
}

/* Reads until `length` bytes or the end. A file that shrinks meanwhile simply ends earlier. */
int ReadAt(int fd, uint8_t* to, size_t length, uint64_t offset, size_t& size) {
  size = 0;
  while (size < length) {
    const ssize_t got = pread(fd, to + size, length - size, static_cast<off_t>(offset + size));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return errno;
    if (got == 0) break;
    size += static_cast<size_t>(got);
  }
  return 0;
}

int WriteAll(int fd, const uint8_t* data, size_t size) {
  while (size > 0) {
    const ssize_t put = write(fd, data, size);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) return errno;
    data += put;
    size -= static_cast<size_t>(put);
  }
  return 0;
}

/* Names need not be secret, only free: O_EXCL finds out. */
void Randomise(char* six) {
  static std::atomic<uint64_t> counter{0};
  timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  uint64_t x = static_cast<uint64_t>(now.tv_nsec) ^ (static_cast<uint64_t>(now.tv_sec) << 20) ^
               (static_cast<uint64_t>(getpid()) << 40) ^ (counter.fetch_add(1) * 0x9e3779b97f4a7c15u);
  x ^= x >> 31;
  x *= 0xbf58476d1ce4e5b9u;
  x ^= x >> 27;
  for (int i = 0; i < 6; i++, x /= 36) six[i] = "0123456789abcdefghijklmnopqrstuvwxyz"[x % 36];
}

/* The directory's part of the path with its slash, and a dot-file's name in it no longer than names may be. */
std::string TemporaryName(const std::string& path) {
  const size_t slash = path.rfind('/');
  const size_t name = slash == std::string::npos ? 0 : slash + 1;
  return path.substr(0, name) + "." + path.substr(name, 200) + ".XXXXXX.tmp";
}

}  // namespace

std::string NameOf(int number) {
  const char* name = strerrorname_np(number);
  return name != nullptr ? name : std::to_string(number);
}

Error Describe(const std::string& path, int number) {
  const char* what = strerrordesc_np(number);
  return {number, path + ": " + (what != nullptr ? what : "unknown error") + " (" + NameOf(number) + ")"};
}

Error ReadRange(const std::string& path, uint64_t offset, uint64_t length, Contents& contents) {
  // Opening a FIFO would wait for its writer; O_NONBLOCK does not, and means nothing to a regular file.
  const Descriptor file(OpenAgain(path, O_RDONLY | O_NONBLOCK));
  if (file.get() < 0) return Describe(path, errno);
  struct stat facts;
  if (fstat(file.get(), &facts) != 0) return Describe(path, errno);
  if (S_ISDIR(facts.st_mode)) return Describe(path, EISDIR);
  if (!S_ISREG(facts.st_mode)) return {EINVAL, path + ": not a regular file (EINVAL)"};

  contents.file_size = static_cast<uint64_t>(facts.st_size);
  const uint64_t left = offset < contents.file_size ? contents.file_size - offset : 0;
  const size_t wanted = std::min(length, left);
  contents.memory = ScopedSlab(wanted);
  if (!contents.memory) return Describe(path, ENOMEM);
  const int failed = ReadAt(file.get(), contents.memory.data(), wanted, offset, contents.size);
  return failed != 0 ? Describe(path, failed) : Error{};
}

Error Read(const std::string& path, Contents& contents) { return ReadRange(path, 0, UINT64_MAX, contents); }

Error Write(const std::string& path, const uint8_t* data, size_t size, bool overwrite) {
  // Fails early, before the bytes are written; the link below is what makes it certain.
  if (!overwrite && access(path.c_str(), F_OK) == 0) return Describe(path, EEXIST);

  std::string temporary = TemporaryName(path);
  int fd = -1;
  for (int attempt = 0; attempt < 100 && fd < 0; attempt++) {
    Randomise(temporary.data() + temporary.size() - 10);
    fd = OpenAgain(temporary, O_WRONLY | O_CREAT | O_EXCL, 0666);
    if (fd < 0 && errno != EEXIST) break;
  }
  if (fd < 0) return Describe(path, errno);

  Descriptor file(fd);
  int failed = WriteAll(file.get(), data, size);
  if (file.Close() != 0 && failed == 0) failed = errno;
  if (failed == 0 && overwrite) {
    if (rename(temporary.c_str(), path.c_str()) == 0) return {};
    failed = errno;
  } else if (failed == 0) {
    if (link(temporary.c_str(), path.c_str()) != 0) failed = errno;
    // File systems without hard links (FAT, some network shares) still have this, which replaces nothing either.
    if (failed == EPERM || failed == EOPNOTSUPP || failed == ENOSYS) {
      if (renameat2(AT_FDCWD, temporary.c_str(), AT_FDCWD, path.c_str(), RENAME_NOREPLACE) == 0) return {};
      failed = errno;
    }
  }
  unlink(temporary.c_str());
  return failed != 0 ? Describe(path, failed) : Error{};
}

}  // namespace polycodec::files
