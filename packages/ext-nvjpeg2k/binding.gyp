{
  "targets": [
    {
      "target_name": "polycodec-ext-nvjpeg2k",
      "sources": ["<!@(node -p \"require('fs').readdirSync('native').filter(f=>f.endsWith('.cpp')).map(f=>'native/'+f).join(' ')\")"],
      "include_dirs": ["<!(node -p \"require('path').join(require('path').dirname(require.resolve('@polycodec/core/package.json')), 'include')\")"],
      "cflags_cc": ["-std=c++20", "-O2", "-fvisibility=hidden", "-fexceptions", "-Wall", "-Wextra", "-Wno-unused-parameter"],
      "cflags_cc!": ["-std=gnu++17", "-std=gnu++20", "-fno-exceptions"],
      "ldflags": ["-Wl,-z,nodelete"]
    }
  ]
}
