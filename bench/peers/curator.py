"""The reference's ImageWriterStage as a rival: curator.py JOB, in the protocol of bench/child.ts."""

import json
import os
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "../../packages/dataset/test/python"))

import numpy as np  # noqa: E402
from curator import ImageBatch, ImageObject, ImageWriterStage  # noqa: E402

job = json.loads(sys.argv[1])
pixels = [np.fromfile(path, np.uint8).reshape(job["shape"]) for path in job["raw"]]
stage = ImageWriterStage(output_dir=job["outputDir"])


def one_pass():
    images = [ImageObject(image_path=str(i), image_id=str(i), image_data=data) for i, data in enumerate(pixels)]
    batch = ImageBatch(dataset_name="bench", data=images)
    batch.task_id = "bench"
    stage.process(batch)
    return len(images)


one_pass()
print("ready", flush=True)
for line in sys.stdin:
    limit = float(line.split()[1])
    start = time.perf_counter()
    done = 0
    while True:
        done += one_pass()
        if time.perf_counter() - start >= limit:
            break
    print("done", done, time.perf_counter() - start, flush=True)
