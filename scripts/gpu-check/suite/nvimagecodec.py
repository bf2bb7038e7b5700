"""nvimagecodec.py BATCH KIND,... FILE...: prints `ready`, then answers each line SECONDS with pictures a second."""

import sys
import time

from nvidia import nvimgcodec as nv

batch = int(sys.argv[1])
contents = [open(path, "rb").read() for path in sys.argv[3:]]
inputs = [nv.CodeStream(contents[i % len(contents)]) for i in range(batch)]
kinds = [getattr(nv.BackendKind, name) for name in sys.argv[2].split(",")]
decoder = nv.Decoder(device_id=0, backends=[nv.Backend(kind) for kind in kinds])
images = decoder.decode(inputs)
if any(image is None for image in images):
    print("it does not decode these pictures on the GPU")
    sys.exit(1)
print("ready", flush=True)
for line in sys.stdin:
    limit = float(line)
    start = time.perf_counter()
    pictures = 0
    while pictures == 0 or time.perf_counter() - start < limit:
        images = decoder.decode(inputs, images=images)
        pictures += len(images)
    print(pictures / (time.perf_counter() - start), flush=True)
