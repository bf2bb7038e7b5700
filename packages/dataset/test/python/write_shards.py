"""Writes batches with the reference's own ImageWriterStage: write_shards.py JOB.json, which names the output and the batches."""

import json
import sys

import numpy as np
from curator import ImageBatch, ImageObject, ImageWriterStage

job = json.load(open(sys.argv[1]))
stage = ImageWriterStage(output_dir=job["outputDir"], images_per_tar=job["imagesPerTar"])
results = []
for task in job["tasks"]:
    images = [
        ImageObject(
            image_path=image["imagePath"],
            image_id=image["imageId"],
            metadata=image["metadata"],
            image_data=np.fromfile(image["pixels"], np.uint8).reshape(image["shape"]),
        )
        for image in task["images"]
    ]
    batch = ImageBatch(dataset_name="test", data=images)
    batch.task_id = task["taskId"]
    results.append(stage.process(batch).data)
print(json.dumps(results))
