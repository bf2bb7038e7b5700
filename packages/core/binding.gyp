{
  "targets": [
    {
      "target_name": "polycodec-core",
      "sources": ["<!@(node -p \"require('fs').readdirSync('native').filter(f=>f.endsWith('.cpp')).map(f=>'native/'+f).join(' ')\")"],
      "include_dirs": ["include"],
      "defines": ["NAPI_VERSION=9"],
      "cflags_cc": ["-std=c++20", "-O3", "-fvisibility=hidden", "-Wall", "-Wextra", "-Wno-unused-parameter", "-Wno-missing-field-initializers"],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20"],
      "ldflags": ["-Wl,-z,nodelete"],
      "libraries": ["-ldl", "-lpthread"]
    }
  ]
}
