"""The reference's own ImageWriterStage, ImageBatch and ImageObject.

The classes are the real ones. Of the machine-learning packages that their package imports on the way, and that writing
does not use, those that are not installed are stood in for by empty modules.
"""

import importlib.abc
import importlib.machinery
import sys
import types


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

from nemo_curator.stages.image.io.image_writer import ImageWriterStage  # noqa: E402, F401
from nemo_curator.tasks.image import ImageBatch, ImageObject  # noqa: E402, F401
