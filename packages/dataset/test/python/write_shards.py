"""Writes batches with the reference's own ImageWriterStage: write_shards.py JOB.json, which names the output and the batches.

The class is the real one. Of the machine-learning packages that its package imports on the way, and that writing does
not use, those that are not installed are stood in for by empty modules.
"""

import importlib.abc
import importlib.machinery
import json
import sys
import types

import numpy as np


class Stub(types.ModuleType):
    def __getattr__(self, name):
        if name.startswith("__"):
            raise AttributeError(name)
        return type(name, (), {})


class Stubs(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Comes last, so that what is installed is found first."""

    names = ("torch", "transformers", "hydra", "omegaconf", "lmdb")

    def find_spec(self, fullname, path, target=None):
        if fullname.split(".")[0] in self.names:
            return importlib.machinery.ModuleSpec(fullname, self, is_package=True)

    def create_module(self, spec):
        return Stub(spec.name)

    def exec_module(self, module):
        pass


sys.meta_path.append(Stubs())

from nemo_curator.stages.image.io.image_writer import ImageWriterStage  # noqa: E402
from nemo_curator.tasks.image import ImageBatch, ImageObject  # noqa: E402

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
