#include "cuda_library.hpp"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

#include <map>
#include <mutex>

namespace polycodec::cuda {

namespace {

/* Where CUDA's own installers and Linux distributions put it, for machines whose ld.so.cache does not know. */
constexpr const char* kInstalled[] = {"/usr/local/cuda/lib64", "/usr/local/cuda-13/lib64", "/usr/local/cuda-12/lib64",
                                      "/opt/cuda/lib64"};

struct State {
  std::mutex mutex;
  std::vector<std::string> folders;
  std::string library_path;
  std::map<std::string, const Library*> open;
  void (*opened)() = nullptr;
};

State& Shared() {
  static auto* state = new State;
  return *state;
}

std::vector<std::string> Split(const std::string& folders) {
  std::vector<std::string> list;
  for (size_t start = 0; start <= folders.size();) {
    const size_t end = std::min(folders.find(':', start), folders.size());
    if (end > start) list.push_back(folders.substr(start, end - start));
    start = end + 1;
  }
  return list;
}

/* `file`: a path, or a name for the system to find. */
const Library* Open(const std::string& file, std::string& troubles) {
  const bool is_path = file.find('/') != std::string::npos;
  if (is_path && access(file.c_str(), F_OK) != 0) return nullptr;
  void* handle = dlopen(file.c_str(), RTLD_NOW | RTLD_LOCAL);
  if (handle == nullptr) {
    const std::string reason = dlerror();
    // That the system knows no such name is what the list of places says already.
    if (reason.rfind(file + ": cannot open shared object file: No such file", 0) != 0) troubles += "; " + reason;
    return nullptr;
  }
  link_map* map = nullptr;
  const bool known = dlinfo(handle, RTLD_DI_LINKMAP, &map) == 0 && map != nullptr && map->l_name[0] != '\0';
  return new Library{.handle = handle, .path = known ? map->l_name : file};
}

std::string Joined(const std::vector<std::string>& words) {
  std::string all;
  for (const std::string& word : words) all += (all.empty() ? "" : ", ") + word;
  return all;
}

}  // namespace

void SetSearchPath(const std::string& folders, const std::string& library_path) {
  State& state = Shared();
  std::lock_guard lock(state.mutex);
  state.folders = Split(folders);
  state.library_path = library_path;
}

void OnOpen(void (*opened)()) { Shared().opened = opened; }

const Library* OpenLibrary(const std::string& name, const std::vector<std::string>& sonames, std::string& why) {
  State& state = Shared();
  std::lock_guard lock(state.mutex);
  if (const auto known = state.open.find(sonames.front()); known != state.open.end()) return known->second;

  std::vector<std::string> first, last(std::begin(kInstalled), std::end(kInstalled)), places;
  for (const std::string& folder : state.folders) {
    for (const char* inside : {"", "/lib", "/lib64"}) first.push_back(folder + inside);
  }
  std::string troubles;
  const Library* library = nullptr;
  const auto search = [&](const std::string& folder, const std::string& soname) {
    if (library == nullptr) library = Open(folder.empty() ? soname : folder + "/" + soname, troubles);
  };
  // A folder that the user names comes before a newer version elsewhere.
  for (const std::string& folder : first) {
    for (const std::string& soname : sonames) search(folder, soname);
  }
  for (const std::string& soname : sonames) {
    search("", soname);
    for (const std::string& folder : last) search(folder, soname);
  }
  if (library != nullptr) {
    state.open.emplace(sonames.front(), library);
    if (state.opened != nullptr) state.opened();
    return library;
  }
  if (!state.folders.empty()) places.push_back("POLYCODEC_CUDA_PATH (" + Joined(state.folders) + ")");
  if (!state.library_path.empty()) places.push_back("LD_LIBRARY_PATH (" + state.library_path + ")");
  places.push_back("the system's libraries");
  places.insert(places.end(), last.begin(), last.end());
  why = name + " was not found: no " + Joined(sonames) + " in " + Joined(places) + troubles;
  return nullptr;
}

}  // namespace polycodec::cuda
