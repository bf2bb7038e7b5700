"""The Python rivals: python_peer.py LIBRARY JOB, or python_peer.py versions.

Speaks the bench's line protocol: prints `ready`, then answers `run SECONDS` with `done PICTURES SECONDS`.
"""

import json
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata


def read(path):
    with open(path, "rb") as file:
        return file.read()


def nvimgcodec(job):
    """Batches on its own threads; the images of the last pass are decoded into again."""
    from nvidia import nvimgcodec as nv

    backends = [nv.Backend(nv.BackendKind.CPU_ONLY)]
    options = dict(device_id=nv.NVIMGCODEC_DEVICE_CPU_ONLY, backends=backends, max_num_cpu_threads=job["threads"])
    if job["operation"] == "encode":
        encoder = nv.Encoder(**options)
        inputs = [nv.as_image(array) for array in arrays(job)]
        params = nv.EncodeParams(
            quality_type=nv.QualityType.QUALITY,
            quality_value=job["quality"],
            chroma_subsampling=nv.ChromaSubsampling.CSS_420,
        )
        return lambda: sum(stream is not None for stream in encoder.encode(inputs, "jpeg", params=params))
    decoder = nv.Decoder(**options)
    inputs = [nv.CodeStream(read(path)) for path in job["jpegs"]]
    images = decoder.decode(inputs)

    def work():
        nonlocal images
        images = decoder.decode(inputs, images=images)
        return sum(image is not None for image in images)

    return work


def threaded(job, function, inputs):
    """A function that lets go of the interpreter's lock, on as many threads as the job has cores."""
    if job["threads"] == 1:
        return lambda: sum(1 for i, item in enumerate(inputs) if function(i, item) is not None)
    pool = ThreadPoolExecutor(job["threads"])
    indexes = range(len(inputs))
    return lambda: sum(1 for result in pool.map(function, indexes, inputs) if result is not None)


def arrays(job):
    import numpy

    shape = (job["height"], job["width"], 3)
    return [numpy.frombuffer(read(path), numpy.uint8).reshape(shape) for path in job["pixels"]]


def outputs(job):
    import numpy

    shape = (job["height"], job["width"], 3)
    return [numpy.zeros(shape, numpy.uint8) for _ in job["jpegs"]]


def imagecodecs(job):
    import imagecodecs as library

    if job["operation"] == "encode":
        def encode(_, array):
            return library.jpeg8_encode(array, level=job["quality"], subsampling="420")

        return threaded(job, encode, arrays(job))
    out = outputs(job)
    codec = {"jpg": "jpeg8", "jls": "jpegls", "j2k": "htj2k" if "/htj2k" in job["jpegs"][0] else "jpeg2k"}
    extension = job["jpegs"][0].rpartition(".")[2]
    function = getattr(library, codec.get(extension, extension) + "_decode")
    return threaded(job, lambda i, data: function(data, out=out[i]), [read(path) for path in job["jpegs"]])


def simplejpeg(job):
    import simplejpeg as library

    if job["operation"] == "encode":
        def encode(_, array):
            return library.encode_jpeg(array, quality=job["quality"], colorspace="RGB", colorsubsampling="420", fastdct=False)

        return threaded(job, encode, arrays(job))
    out = outputs(job)

    def decode(i, data):
        return library.decode_jpeg(data, "RGB", fastdct=False, fastupsample=False, buffer=out[i])

    return threaded(job, decode, [read(path) for path in job["jpegs"]])


def pillow(job):
    from io import BytesIO

    import numpy
    from PIL import Image

    if job["operation"] == "encode":
        def encode(_, array):
            target = BytesIO()
            Image.fromarray(array).save(target, "JPEG", quality=job["quality"], subsampling="4:2:0")
            return target

        return threaded(job, encode, arrays(job))
    sources = [read(path) for path in job["jpegs"]]
    if job["operation"] == "tensor":
        mean = numpy.array([0.485, 0.456, 0.406], numpy.float32)
        std = numpy.array([0.229, 0.224, 0.225], numpy.float32)
        batch = numpy.empty((len(sources), 3, 224, 224), numpy.float32)

        def preprocess(i, data):
            picture = Image.open(BytesIO(data)).resize((341, 256), Image.BILINEAR).crop((58, 16, 282, 240))
            samples = numpy.asarray(picture, numpy.float32) / 255
            batch[i] = ((samples - mean) / std).transpose(2, 0, 1)
            return i

        return threaded(job, preprocess, sources)
    return threaded(job, lambda _, data: numpy.asarray(Image.open(BytesIO(data))), sources)


LIBRARIES = {
    "nvimgcodec": (nvimgcodec, ["nvidia-nvimgcodec-cu13", "nvidia-nvimgcodec-cu12"]),
    "imagecodecs": (imagecodecs, ["imagecodecs"]),
    "simplejpeg": (simplejpeg, ["simplejpeg"]),
    "pillow": (pillow, ["Pillow"]),
}


def versions():
    found = {}
    for name, (_, distributions) in LIBRARIES.items():
        for distribution in distributions:
            try:
                found.setdefault(name, metadata.version(distribution))
            except metadata.PackageNotFoundError:
                pass
    return found


def main():
    if sys.argv[1] == "versions":
        print(json.dumps(versions()))
        return
    work = LIBRARIES[sys.argv[1]][0](json.loads(sys.argv[2]))
    work()
    print("ready", flush=True)
    for line in sys.stdin:
        limit = float(line.split()[1])
        start = time.perf_counter()
        pictures = 0
        while pictures == 0 or time.perf_counter() - start < limit:
            pictures += work()
        print(f"done {pictures} {time.perf_counter() - start:.6f}", flush=True)


main()
