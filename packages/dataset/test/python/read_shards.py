"""Reads shards with other people's readers: read_shards.py READER PATH..., a line of JSON: what was found."""

import json
import sys

reader, *paths = sys.argv[1:]


def tarfile_reader():
    import tarfile

    found = []
    for path in paths:
        with tarfile.open(path) as archive:
            for member in archive:
                found.append([member.name, member.size, member.mode, member.mtime, member.isreg()])
    return found


def webdataset_reader():
    import io

    import webdataset
    from PIL import Image

    found = []
    for sample in webdataset.WebDataset(paths, shardshuffle=False):
        image = Image.open(io.BytesIO(sample["jpg"]))
        image.load()
        found.append([sample["__key__"], *image.size, image.mode])
    return found


def datasets_reader():
    import datasets

    found = []
    for sample in datasets.load_dataset("webdataset", data_files={"train": paths}, split="train", streaming=True):
        found.append([sample["__key__"], *sample["jpg"].size, sample["jpg"].mode])
    return found


def parquet_reader():
    import pyarrow.parquet as parquet

    found = []
    for path in paths:
        file = parquet.ParquetFile(path)
        codecs = {
            file.metadata.row_group(g).column(c).compression
            for g in range(file.metadata.num_row_groups)
            for c in range(file.metadata.num_columns)
        }
        table = file.read()
        found.append(
            {
                "schema": [[field.name, str(field.type), field.nullable] for field in table.schema],
                "rows": table.to_pylist(),
                "groups": file.metadata.num_row_groups,
                "codecs": sorted(codecs),
            }
        )
    return found


def equal_tables():
    import pyarrow.parquet as parquet

    half = len(paths) // 2
    return [parquet.read_table(a).equals(parquet.read_table(b)) for a, b in zip(paths[:half], paths[half:])]


readers = {
    "tarfile": tarfile_reader,
    "webdataset": webdataset_reader,
    "datasets": datasets_reader,
    "parquet": parquet_reader,
    "equal-tables": equal_tables,
}
print(json.dumps(readers[reader]()))
